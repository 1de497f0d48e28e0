import { spawn, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { WebSocketServer, type WebSocket } from "ws";
import { connect } from "../../src/client/index.node.ts";
import type { Server } from "../../src/server/server.ts";
import { sleep, startTestServer, stopServers } from "../server/harness.ts";

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const children = new Set<ChildProcess>();
const cortexes = new Set<WebSocketServer>();
let server: Server;

beforeEach(async () => {
  server = await startTestServer();
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
  for (const cortex of cortexes) {
    for (const socket of cortex.clients) socket.terminate();
    cortex.close();
  }
  cortexes.clear();
  await stopServers();
});

function start(file: string, ...parameters: string[]): ChildProcess & { said: string } {
  const child = Object.assign(spawn(process.execPath, [path(file), ...parameters], { stdio: "pipe" }), {
    said: "",
  });
  child.stdout!.on("data", (text: Buffer) => (child.said += String(text)));
  child.stderr!.on("data", (text: Buffer) => (child.said += String(text)));
  children.add(child);
  return child;
}

/** What a subscriber gets from the beginning: its channels, and where each value lies on the grid; gaps are null. */
async function received(name: string, places: number) {
  const asking = connect(server.url);
  for (let tries = 0; !(await asking.streams()).some((stream) => stream.name === name); tries++) {
    if (tries > 400) throw new Error(`${name} was never published`);
    await sleep(20);
  }
  asking.close();
  const live = connect(server.url, { stream: name, from: { segment: 0, sample: 0 } });
  const segments: (number | null)[][] = [];
  let labels: string[] = [];
  let hz = 0;
  await new Promise<void>((resolve, reject) => {
    const overdue = (): void => {
      live.close();
      reject(new Error(`only ${segments.flat().length} came`));
    };
    setTimeout(overdue, 20_000).unref();
    live.samples$.subscribe((item) => {
      if (item.kind === "info") {
        segments.push([]);
        labels = item.stream.channels.map(({ label }) => label);
        hz = item.stream.sfreq.num / item.stream.sfreq.den;
      }
      if (item.kind === "samples") segments.at(-1)!.push(...item.data.subarray(0, item.nSamples));
      if (item.kind === "gap") segments.at(-1)!.push(...Array.from({ length: item.nSamples }, () => null));
      if (segments.flat().length >= places) resolve();
    });
  });
  live.close();
  return { segments, labels, hz };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const nothing = (n: number): null[] => Array.from({ length: n }, () => null);

test("every bridge has less than 100 lines, and says whose words it speaks", () => {
  const files = readdirSync(path("../../examples/bridges")).filter((file) => file.endsWith(".js"));
  expect(files.length).toBe(5);
  for (const file of files) {
    const text = readFileSync(path(`../../examples/bridges/${file}`), "utf8");
    expect(text.split("\n").length).toBeLessThan(100);
    if (file !== "sample-counter.js") expect(text).toMatch(/https:\/\//);
  }
});

test("Neurosity: epochs lie where their time says; one that was lost is a gap, a clock set back a segment", async () => {
  const child = start("neurosity-driver.js", server.url);
  const got = await received("Neurosity", 16 * 6 + 16);
  expect(got.labels).toEqual(["CP3", "C3", "F5", "PO3", "PO4", "F6", "C4", "CP4"]);
  expect(got.hz).toBe(256);
  expect(got.segments[0]).toEqual([...range(0, 48), ...nothing(32), ...range(80, 96)]);
  expect(got.segments[1]).toEqual(range(0, 16));
  expect(child.said).toBe("");
});

/** A Cortex that answers as it is documented to, and sends samples once they are asked for. */
function startCortex(samples: readonly object[]): WebSocketServer {
  const cortex = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  cortexes.add(cortex);
  // prettier-ignore
  const cols = ["COUNTER", "INTERPOLATED", "AF3", "T7", "Pz", "T8", "AF4", "RAW_CQ", "MARKER_HARDWARE", "MARKERS"];
  const results: Record<string, unknown> = {
    requestAccess: { accessGranted: true, message: "The access right has been granted." },
    authorize: { cortexToken: "xxx" },
    queryHeadsets: [{ id: "INSIGHT-12345678", status: "connected", settings: { eegRate: 128, eegRes: 14 } }],
    createSession: { id: "f1cc3ff2", status: "activated" },
    subscribe: { failure: [], success: [{ cols, sid: "f1cc3ff2", streamName: "eeg" }] },
  };
  cortex.on("connection", (socket: WebSocket) =>
    socket.on("message", (text: Buffer) => {
      const { id, method } = JSON.parse(String(text)) as { id: number; method: string };
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] }));
      if (method === "subscribe") for (const sample of samples) socket.send(JSON.stringify(sample));
    }),
  );
  return cortex;
}

test("Emotiv: the counter tells what was lost, also over a second; what Cortex made up is a gap", async () => {
  const lost = new Set([...range(60, 70), ...range(200, 480)]);
  const madeUp = new Set([100, 101]);
  const samples = range(0, 600)
    .filter((k) => !lost.has(k))
    .map((k) => ({
      eeg: [k % 128, madeUp.has(k) ? 1 : 0, k, 4371.795, 4078.461, 4036.41, 4231.795, 0.0, 0, []],
      sid: "f1cc3ff2",
      time: 1627457774.5166 + k / 128 + 0.003 * (k % 3),
    }));
  const cortex = startCortex(samples);
  await once(cortex, "listening");
  const { port } = cortex.address() as { port: number };
  const child = start("../../examples/bridges/emotiv.js", server.url, `ws://127.0.0.1:${port}`);
  const got = await received("INSIGHT-12345678", 600);
  expect(got.labels).toEqual(["AF3", "T7", "Pz", "T8", "AF4"]);
  expect(got.hz).toBe(128);
  expect(got.segments).toEqual([range(0, 600).map((k) => (lost.has(k) || madeUp.has(k) ? null : k))]);
  expect(child.said).toBe("");
});

async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 1000) throw new Error("waited in vain");
    await sleep(10);
  }
}

test("BrainFlow: the package number tells what was lost, whatever order datagrams come in", async () => {
  const port = await freePort();
  const from = `127.0.0.1:${port}`;
  const child = start(
    "../../examples/bridges/brainflow.js",
    "--board",
    "cyton",
    "--from",
    from,
    "--url",
    server.url,
  );
  await until(() => child.said.includes("listening"));
  const sender = createSocket("udp4");
  const batch = (first: number): Buffer => {
    const packages = new Float64Array(3 * 24);
    for (let i = 0; i < 3; i++) {
      packages[i * 24] = (first + i) % 256; // package_num_channel
      packages[i * 24 + 1] = first + i; // the first of eeg_channels
      packages[i * 24 + 22] = 1_700_000_000 + (first + i) / 250; // timestamp_channel
    }
    return Buffer.from(packages.buffer);
  };
  const order = [0, 3, 6, 9, 15, 12, 18, 18, 24, 318, 321];
  for (const first of order) {
    sender.send(batch(first), port, "127.0.0.1");
    await sleep(5);
  }
  const got = await received("Cyton", 324);
  expect(got.labels).toEqual(["Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2"]);
  const there = new Set([...range(0, 12), ...range(15, 21), ...range(24, 27), ...range(318, 324)]);
  expect(got.segments).toEqual([range(0, 324).map((k) => (there.has(k) ? k : null))]);
  sender.close();
});

test("OpenBCI GUI: samples come as they are sent; a stall is none, a silence that stays is a gap", async () => {
  const port = await freePort();
  const parameters = ["--channels", "O1,O2", "--port", String(port), "--url", server.url];
  const child = start("../../examples/bridges/openbci-gui.js", ...parameters);
  await until(() => child.said.includes("listening"));
  const sender = createSocket("udp4");
  const send = (k: number): void => {
    const text = `{"type":"timeSeriesRaw","data":[[${range(k, k + 10).join(",")}],[${nothing(10)
      .fill(0 as never)
      .join(",")}]]}\r\n`;
    sender.send(text, port, "127.0.0.1");
  };
  const begun = performance.now();
  const due = (k: number): Promise<void> => sleep(Math.max(0, begun + (1000 * k) / 250 - performance.now()));
  for (let k = 0; k < 1150; k += 10) {
    const isStall = k >= 150 && k < 300; // comes late, all at once
    const isLost = k >= 450 && k < 700;
    await due(isStall ? 300 : k + 10);
    if (!isLost) send(k);
  }
  const got = await received("OpenBCI GUI", 1050);
  const places = got.segments[0]!;
  expect(places.slice(0, 450)).toEqual(range(0, 450));
  const gap = places.filter((value) => value === null).length;
  expect(Math.abs(gap - 250)).toBeLessThan(25); // what the arrival tells, no more
  expect(places.slice(450, 450 + gap)).toEqual(nothing(gap));
  expect(places[450 + gap]).toBe(700);
  sender.close();
});
