import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Clock } from "../../src/source/clock.ts";
import { fetchRecording, type FetchOptions, type FetchProgress } from "../../src/source/fetch.node.ts";
import type { Registry } from "../../src/source/registry.ts";

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const registry: Registry = {
  baseUrl: "http://127.0.0.1:9/unused",
  datasets: [
    {
      name: "made",
      title: "",
      source: "",
      licence: "",
      note: "",
      recordings: [
        {
          name: "made/S001R01",
          path: "made/1.0/S001/S001R01.edf",
          bytes: bytes.length,
          sha256: createHash("sha256").update(bytes).digest("hex"),
          sfreq: 160,
          channels: 64,
          task: "rest",
        },
      ],
    },
  ],
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** The file, or the rest of it that a Range asks for. */
const serve: Answer = (request, response) => {
  const from = rangeOf(request);
  if (from === null) response.writeHead(200, { "content-length": bytes.length }).end(bytes);
  else partial(response, from).end(bytes.subarray(from));
};

/** As `serve`, but the connection breaks after so many bytes. */
const cutAfter =
  (length: number): Answer =>
  (request, response) => {
    const from = rangeOf(request);
    if (from === null) response.writeHead(200, { "content-length": bytes.length });
    else partial(response, from);
    response.write(bytes.subarray(from ?? 0, (from ?? 0) + length));
    setTimeout(() => response.destroy(), 30); // what the client has not read when the connection breaks is lost
  };

const status =
  (code: number): Answer =>
  (_, response) =>
    void response.writeHead(code).end("<html>sorry</html>");

function rangeOf(request: IncomingMessage): number | null {
  const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
  return from === undefined ? null : Number(from);
}

function partial(response: ServerResponse, from: number): ServerResponse {
  return response.writeHead(206, {
    "content-length": bytes.length - from,
    "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
  });
}

let server: Server;
let answers: Answer[];
let asked: { url: string; range: string | undefined }[];
let cacheFolder: string;
let path: string;
let pauses: number[];
let silence: number;
let options: FetchOptions;

beforeEach(async () => {
  answers = [];
  asked = [];
  pauses = [];
  silence = Infinity;
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? "", range: request.headers.range });
    (answers.length > 1 ? answers.shift()! : answers[0]!)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/files/`;
  cacheFolder = mkdtempSync(join(tmpdir(), "brainwire-fetch-"));
  path = join(cacheFolder, "made", "S001R01.edf");
  const clock: Clock = {
    now: () => 0,
    sleep: async (ms, signal) => {
      if (ms < 30_000) pauses.push(ms);
      else if (silence === Infinity)
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      else await new Promise((resolve) => setTimeout(resolve, silence));
    },
  };
  options = { baseUrl, cacheFolder, registry, clock };
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(cacheFolder, { recursive: true });
});

const fetched = async (): Promise<void> => {
  expect(await fetchRecording("made/S001R01", options)).toBe(path);
  expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
  expect(existsSync(`${path}.part`)).toBe(false);
};
const leavePart = (length: number): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, bytes.subarray(0, length));
};

describe("fetchRecording", () => {
  test("fetches, says how far it is, and keeps the file", async () => {
    answers = [serve];
    const progress: FetchProgress[] = [];
    options = { ...options, onProgress: (p) => progress.push(p) };
    await fetched();
    expect(asked).toEqual([{ url: "/files/made/1.0/S001/S001R01.edf", range: undefined }]);
    expect(progress[0]).toEqual({ receivedBytes: 0, totalBytes: bytes.length });
    expect(progress.at(-1)).toEqual({ receivedBytes: bytes.length, totalBytes: bytes.length });
    await fetched();
    expect(asked).toHaveLength(1);
  });

  test("a cached file that was damaged is fetched again", async () => {
    answers = [serve];
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      bytes.map((b, i) => (i === 77 ? b ^ 1 : b)),
    );
    await fetched();
    expect(asked).toHaveLength(1);
  });

  test("goes on where an earlier fetch ended", async () => {
    leavePart(123_456);
    answers = [serve];
    await fetched();
    expect(asked.map((a) => a.range)).toEqual(["bytes=123456-"]);
  });

  test("a server without ranges sends all of it again", async () => {
    leavePart(123_456);
    answers = [(_, response) => void response.writeHead(200).end(bytes)];
    await fetched();
  });

  test("a whole .part needs no request; one that is too long is dropped", async () => {
    leavePart(bytes.length);
    answers = [serve];
    await fetched();
    expect(asked).toHaveLength(0);
    rmSync(path);
    writeFileSync(`${path}.part`, new Uint8Array(bytes.length + 1));
    await fetched();
    expect(asked.map((a) => a.range)).toEqual([undefined]);
  });

  test("a connection that breaks midway is taken up again, as long as bytes come", async () => {
    answers = [...new Array<Answer>(6).fill(cutAfter(40_000)), serve];
    await fetched();
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.slice(1).every((a) => a.range !== undefined)).toBe(true);
    expect(new Set(pauses)).toEqual(new Set([500]));
  });

  test("a connection that stays silent is given up and made anew", async () => {
    silence = 40;
    answers = [() => undefined, serve];
    await fetched();
    expect(asked).toHaveLength(2);
  });

  test("server faults are tried again with growing pauses, then it fails and keeps what came", async () => {
    answers = [cutAfter(50_000), status(503)];
    await expect(fetchRecording("made/S001R01", options)).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      message: expect.stringMatching(/S001R01\.edf: .*503 Service Unavailable; gave up after 5 attempts/),
    });
    expect(pauses).toEqual([500, 1000, 2000, 4000]);
    const left = readFileSync(`${path}.part`);
    expect(left.length).toBeGreaterThan(0);
    expect(Buffer.compare(left, bytes.subarray(0, left.length))).toBe(0);
    answers = [serve];
    await fetched();
  });

  test("no connection at all", async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(fetchRecording("made/S001R01", options)).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      message: expect.stringMatching(/fetch failed \(.*ECONNREFUSED/),
    });
  });

  test("wrong bytes are removed", async () => {
    answers = [(_, response) => void response.writeHead(200).end(bytes.map((b) => b ^ 255))];
    await expect(fetchRecording("made/S001R01", options)).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      message: expect.stringContaining("not what was published"),
    });
    expect(existsSync(path)).toBe(false);
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  test("more bytes than published are wrong bytes", async () => {
    answers = [(_, response) => void response.writeHead(200).end(Buffer.concat([bytes, bytes]))];
    await expect(fetchRecording("made/S001R01", options)).rejects.toMatchObject({ code: "DOWNLOAD_FAILED" });
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  test("a file that is not there fails at once", async () => {
    answers = [status(404)];
    await expect(fetchRecording("made/S001R01", options)).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      message: expect.stringMatching(/404 Not Found; check the base address$/),
    });
    expect(asked).toHaveLength(1);
  });

  test("a range that the server refuses begins anew", async () => {
    leavePart(1000);
    answers = [status(416), serve];
    await fetched();
    expect(asked.map((a) => a.range)).toEqual(["bytes=1000-", undefined]);
  });

  test("aborting ends it with the signal's reason and keeps what came", async () => {
    const stop = new AbortController();
    answers = [
      (_, response) => {
        response.writeHead(200, { "content-length": bytes.length }).write(bytes.subarray(0, 1000));
      },
    ];
    options = {
      ...options,
      signal: stop.signal,
      onProgress: (p) => p.receivedBytes > 0 && stop.abort(new Error("enough")),
    };
    await expect(fetchRecording("made/S001R01", options)).rejects.toThrow("enough");
    expect(readFileSync(`${path}.part`)).toHaveLength(1000);
  });

  test("a cache that cannot be written", async () => {
    writeFileSync(join(cacheFolder, "made"), "a file where the folder should be");
    await expect(fetchRecording("made/S001R01", options)).rejects.toMatchObject({ code: "FILE_UNWRITABLE" });
  });

  test("the environment names the address and the cache", async () => {
    const { baseUrl, ...others } = options;
    const { cacheFolder: _, ...rest } = others;
    answers = [serve];
    process.env["BRAINWIRE_RECORDINGS_URL"] = baseUrl;
    const before = process.env["BRAINWIRE_CACHE"];
    process.env["BRAINWIRE_CACHE"] = cacheFolder;
    try {
      expect(await fetchRecording("made/S001R01", rest)).toBe(path);
    } finally {
      delete process.env["BRAINWIRE_RECORDINGS_URL"];
      if (before === undefined) delete process.env["BRAINWIRE_CACHE"];
      else process.env["BRAINWIRE_CACHE"] = before;
    }
  });
});
