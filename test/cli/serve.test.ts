import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { openRaw, type Raw } from "../server/harness.ts";
import { brainwire } from "./run-cli.ts";
import { killServing, serve } from "./serving.ts";

jest.setTimeout(60_000);

const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const certificate = [
  "--tls-cert",
  path("test/server/tls/cert.pem"),
  "--tls-key",
  path("test/server/tls/key.pem"),
];
const reader = "reader-0123456789";

let folder: string;
let tokens: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainwire-serve-"));
  tokens = join(folder, "tokens.json");
  await writeFile(
    tokens,
    JSON.stringify({ tokens: [{ name: "reader", token: reader, roles: ["subscribe"] }] }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

afterEach(killServing);

async function hello(url: string, token?: string): Promise<Raw> {
  const raw = await openRaw(url, { rejectUnauthorized: false });
  raw.send({ kind: "hello", ...(token === undefined ? {} : { token }) });
  return raw;
}

describe("brainwire serve", () => {
  test("with tokens and TLS: decisions at full speed are those of `decode`; Ctrl-C closes and ends in order", async () => {
    const offline = brainwire("decode", "recordings/demo.edf", "--model", "eyes", "--format", "jsonl");
    const served = await serve(
      "recordings/demo.edf",
      "--model",
      "eyes",
      "--speed",
      "max",
      "--tokens",
      tokens,
      ...certificate,
    );
    expect(served.output()).toMatch(
      /^demo: 32 channels at 200 Hz\nserving at https:\/\/127\.0\.0\.1:\d+ and wss:/,
    );

    const stranger = await hello(served.url, "stranger-0123456789");
    expect(await stranger.closed).toEqual({ code: 4401, reason: "the token is not known to this server" });
    const nobody = await hello(served.url);
    expect(await nobody.closed).toMatchObject({ code: 4401 });

    const raw = await hello(served.url, reader);
    await raw.take("welcome");
    raw.send({ kind: "subscribe", what: ["decisions"] });
    const got: unknown[] = [];
    for (;;) {
      const message = await raw.next();
      if (message.kind === "decision") got.push({ ...message.decision, timing: undefined });
      if (message.kind === "state" && message.status === "ended") break;
    }
    const lines = (await offline).stdout.trim().split("\n");
    const expected = lines
      .map((line) => JSON.parse(line) as { kind: string })
      .filter(({ kind }) => kind === "decision")
      .map((decision) => ({ ...decision, timing: undefined }));
    expect(expected.length).toBeGreaterThan(1900);
    expect(got).toEqual(expected);

    served.stop();
    expect(await raw.closed).toEqual({ code: 1001, reason: "the server is shutting down" });
    expect(await served.ended).toBe(0);
  });

  test("a port in use: one clear line; a killed server leaves its port to the next one", async () => {
    const first = await serve("synthetic");
    const again = await brainwire("serve", "synthetic", "--port", String(first.port));
    expect(again).toMatchObject({
      code: 1,
      stderr: `error: port ${first.port} on 127.0.0.1 is in use; choose another, or stop what uses it\n`,
    });
    const raw = await hello(first.url);
    await raw.take("welcome");
    killServing();
    await first.ended;
    expect(await raw.closed).toMatchObject({ code: 1006 });
    const second = await serve("synthetic", "--port", String(first.port));
    expect(second.port).toBe(first.port);
    second.stop();
    expect(await second.ended).toBe(0);
  });

  test.each([
    [
      "others could reach it",
      ["--host", "0.0.0.0"],
      /^error: host 0\.0\.0\.0: .*needs a file of tokens.*\n$/,
    ],
    ["half of TLS", ["--tls-cert", "README.md"], /^error: --tls-cert and --tls-key belong together\n$/],
    [
      "TLS of something else",
      ["--tls-cert", "README.md", "--tls-key", "README.md"],
      /^error: --tls-cert README\.md and --tls-key README\.md: .*PEM.*\n$/,
    ],
    ["no such tokens", ["--tokens", "nowhere.json"], /^error: nowhere\.json: cannot be read \(ENOENT\)\n$/],
    ["no such recording", ["nowhere.edf"], /^error: nowhere\.edf.*\n$/],
    ["a limit of another name", ["--limit", "patience=1"], /limit's name, got patience/],
  ])("%s: one line, and nothing served", async (_, args, line) => {
    const ran = await brainwire("serve", "--port", "0", ...args);
    expect(ran.code).toBeGreaterThan(0);
    expect(ran.code).not.toBe(70);
    expect(ran.stdout).toBe("");
    expect(ran.stderr).toMatch(line);
  });

  test("no token and no EEG in what it logs", async () => {
    const served = await serve("synthetic", "--tokens", tokens, "--log", "debug");
    const raw = await hello(served.url, reader);
    raw.send({ kind: "subscribe", what: ["samples"] });
    await raw.frame();
    served.stop();
    expect(await served.ended).toBe(0);
    expect(served.output()).toContain("connection opened");
    expect(served.output()).not.toContain(reader);
    expect(served.output()).not.toContain(await readFile(tokens, "utf8"));
  });
});
