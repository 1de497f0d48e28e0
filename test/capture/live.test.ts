import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "@jest/globals";
import type { CaptureEvent } from "../../src/capture/capture-event.ts";
import { createCapture } from "../../src/capture/create-capture.ts";
import { openCapture } from "../../src/capture/open-capture.ts";
import { verifyCapture } from "../../src/capture/verify.ts";
import { openLiveSource, type LiveSourceOptions } from "../../src/cli/live-source.ts";
import type { StreamSource } from "../../src/cli/stream-source.ts";
import { connect, type Live } from "../../src/client/index.node.ts";
import type { Item } from "../../src/eeg/item.ts";
import { openFile } from "../../src/formats/open.node.ts";
import type { PublishedInfo } from "../../src/protocol/stream-schema.ts";
import type { Server, ServerOptions } from "../../src/server/server.ts";
import { closeProxies, proxyTo } from "../client/proxy.ts";
import { decodingBy, madeRecording, startTestServer, stopServers, until } from "../server/harness.ts";
import { labels, noise, streamInfo } from "../tokens/signals.ts";
import { all, cleanUp, frames, model, roomFor } from "./made-capture.ts";

const open: (Live | StreamSource)[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  closeProxies();
  await stopServers();
});
afterAll(cleanUp);

const serve = (options: ServerOptions = {}): Promise<Server> =>
  startTestServer({ decoding: decodingBy(model), ...options });

interface Running {
  readonly folder: string;
  readonly events: CaptureEvent[];
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** Captures what a server sends, until the stream ends or it is stopped. */
async function capturing(url: string, options: Partial<LiveSourceOptions> = {}): Promise<Running> {
  const folder = await roomFor("live");
  const source = await openLiveSource(url, { from: "start", ...options });
  open.push(source);
  const capture = await createCapture(folder, { source: {}, versions: {}, syncMs: 5 });
  const events: CaptureEvent[] = [];
  const done = (async () => {
    for await (const event of source.events()) {
      await capture.push(event);
      events.push(event);
    }
    await capture.end("it was over");
  })();
  return {
    folder,
    events,
    done,
    async stop() {
      source.close();
      await done;
    },
  };
}

const count = (events: readonly CaptureEvent[], kind: CaptureEvent["kind"]): number =>
  events.filter((event) => event.kind === kind).length;

test("what a server played, with a gap, missing samples and markers, gives the same decisions", async () => {
  const server = await serve();
  const parts = frames(8);
  for (const part of parts)
    if (part.kind === "samples" && part.start >= 640 && part.start < 660)
      part.data.fill(NaN, 2 * part.nSamples, 3 * part.nSamples);
  await server.addRecording(madeRecording(parts, { ...streamInfo(), t0: "2026-11-22T10:00:00" }), {
    speed: "max",
    name: "played",
  });
  const { done, folder, events } = await capturing(server.url, { stream: "played" });
  await done;
  expect([count(events, "gap"), count(events, "marker"), count(events, "loss")]).toEqual([1, 1, 0]);
  const verdict = await verifyCapture(folder, { model });
  expect(verdict).toMatchObject({ holds: true, cutOff: false, close: 0, incomparable: 0, missing: 0 });
  expect(verdict.equal).toBeGreaterThan(70);
  expect(verdict.manifest.decoder).toMatchObject({
    hopSeconds: 0.1,
    pipeline: { engine: "wasm", calibration: null },
  });
  const lines = (await readFile(join(folder, "decisions.jsonl"), "utf8")).trim().split("\n");
  expect(JSON.parse(lines[0]!)).toMatchObject({
    segment: 0,
    sample: expect.any(Number),
    timing: { tokenMs: expect.any(Number) },
    ageMs: expect.any(Number),
    stages: { queueMs: expect.any(Number) },
    receivedMs: expect.any(Number),
  });

  const recording = await openFile(join(folder, "segment-0.bdf"));
  const { gaps, annotations, startTime } = await recording.summary();
  await recording.close();
  expect(startTime).toBe("2026-11-22T10:00:00");
  expect(gaps).toEqual([{ startSeconds: 2, durationSeconds: 0.3 }]);
  expect(annotations).toEqual([{ onsetSeconds: 0.25, durationSeconds: 0.1, text: "begin; αβγ" }]);
});

test("each round of a loop is a segment of its own", async () => {
  const server = await serve();
  await server.addRecording(madeRecording(frames(3), streamInfo()), { speed: 20, loop: true });
  const running = await capturing(server.url);
  await until(() => count(running.events, "segment") >= 4);
  await running.stop();
  const verdict = await verifyCapture(running.folder, { model });
  expect(verdict).toMatchObject({ holds: true, different: 0, missing: 0, incomparable: 0 });
  expect(verdict.segments).toBeGreaterThanOrEqual(4);
  const capture = await openCapture(running.folder);
  expect(capture.segments.slice(0, 3).map(({ complete, end }) => [complete, end])).toEqual(
    Array.from({ length: 3 }, () => [true, 480]),
  );
  await capture.close();
});

const published: PublishedInfo = {
  name: "headset",
  sourceId: "serial 1",
  sfreq: { num: 160, den: 1 },
  channels: streamInfo().channels.map((channel) => ({
    ...channel,
    position: channel.position && [...channel.position],
  })),
};

/** A device that sends noise, a quarter of a second at once, as often as it is told to. */
async function device(url: string, seed = 3) {
  const live = connect(url, { retryMs: 20, longestRetryMs: 50 });
  open.push(live);
  const publication = live.publish(published);
  await publication.ready;
  let turn = seed;
  return {
    publication,
    send: async (seconds: number): Promise<void> => {
      for (let i = 0; i < 4 * seconds; i++) {
        publication.push(noise(labels.length, 40, turn++).data);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
  };
}

const samplesIn = (events: readonly CaptureEvent[]): number =>
  events.reduce((sum, event) => sum + (event.kind === "samples" ? event.nSamples : 0), 0);

test("a capture that comes late begins with what the server remembers: all of the segment, and all is equal", async () => {
  const server = await serve();
  const { send, publication } = await device(server.url);
  await send(4);
  const running = await capturing(server.url);
  await send(2);
  publication.end();
  await running.done;
  expect(samplesIn(running.events)).toBe(960);
  expect(count(running.events, "loss")).toBe(0);
  expect(await verifyCapture(running.folder, { model })).toMatchObject({
    holds: true,
    incomparable: 0,
    close: 0,
    missing: 0,
  });
});

test.each(["now", "start"] as const)(
  "what it comes too late for is told, and not compared (from %s)",
  async (from) => {
    const server = await serve({ limits: { memoryBytes: 20_000 } });
    const { send, publication } = await device(server.url);
    await send(4);
    const running = await capturing(server.url, { from });
    await until(() => count(running.events, "segment") === 1);
    await send(14);
    publication.end();
    await running.done;
    const losses = running.events.filter((event) => event.kind === "loss");
    expect(losses.map(({ reason }) => reason)).toContain(from === "now" ? "late" : "expired");
    const verdict = await verifyCapture(running.folder, { model });
    expect(verdict).toMatchObject({ holds: true, different: 0, missing: 0 });
    expect(verdict.incomparable).toBeGreaterThan(10);
    expect(verdict.equal + verdict.close).toBeGreaterThan(10);
    expect(verdict.equal + verdict.close + verdict.incomparable).toBe(verdict.decisions);
  },
);

test("a connection that is cut is resumed: nothing is lost, and the log tells it", async () => {
  const server = await serve();
  const proxy = await proxyTo(server.url);
  const { send, publication } = await device(server.url);
  const running = await capturing(proxy.url);
  for (let i = 0; i < 3; i++) {
    await send(1);
    await until(() => samplesIn(running.events) === 160 * (i + 1));
    const { connections } = proxy;
    proxy.cut();
    await until(() => proxy.connections > connections);
  }
  await send(1);
  publication.end();
  await running.done;
  expect(samplesIn(running.events)).toBe(640);
  expect(await verifyCapture(running.folder, { model })).toMatchObject({
    holds: true,
    incomparable: 0,
    missing: 0,
  });
  const log = (await readFile(join(running.folder, "log.jsonl"), "utf8")).trim().split("\n");
  const connection = log
    .map((line) => JSON.parse(line) as { what?: string; status?: string })
    .filter(({ what }) => what === "connection");
  expect(connection.map(({ status }) => status)).toEqual([
    "waiting",
    "open",
    "waiting",
    "open",
    "waiting",
    "open",
  ]);
});

test("a server that is killed and restarted begins a new segment; what was missed is told", async () => {
  const server = await serve();
  const port = Number(new URL(server.url).port);
  const { send, publication } = await device(server.url);
  const running = await capturing(server.url);
  await send(3);
  await until(() => samplesIn(running.events) === 480);
  await server.close();
  await serve({ port });
  await until(() => count(running.events, "segment") === 2);
  await send(3);
  publication.end();
  await running.done;
  expect(running.events.find((event) => event.kind === "loss")).toMatchObject({ reason: "restarted" });
  const verdict = await verifyCapture(running.folder, { model });
  expect(verdict).toMatchObject({ holds: true, different: 0, missing: 0, segments: 2 });
  expect(verdict.equal + verdict.close).toBeGreaterThan(20);
});

test("the device begins anew with other channels: a segment of its own", async () => {
  const server = await serve();
  const { send, publication } = await device(server.url);
  const running = await capturing(server.url);
  await send(2);
  publication.restart({ ...published, channels: published.channels.slice(0, 12) });
  publication.push(noise(12, 480, 1).data);
  publication.end();
  await running.done;
  const verdict = await verifyCapture(running.folder, { model });
  expect(verdict).toMatchObject({ holds: true, segments: 2, missing: 0, incomparable: 0 });
  const capture = await openCapture(running.folder);
  const items: Item[] = await all(capture.segments[1]!.items());
  expect(
    items.flatMap((item) => (item.kind === "samples" ? [item.data.length / item.nSamples] : [])),
  ).toContain(12);
  await capture.close();
});

test("an address that nobody serves, one that is none, a stream that is not there", async () => {
  const fails = (address: string, options: Partial<LiveSourceOptions> = {}) =>
    expect(openLiveSource(address, { from: "now", ...options })).rejects;
  const server = await serve();
  await fails(server.url).toMatchObject({
    code: "STREAM_UNKNOWN",
    message: `${server.url}/: serves no stream yet`,
  });
  await server.addRecording(madeRecording(frames(1), streamInfo()), { name: "one" });
  await fails(server.url, { stream: "two" }).toMatchObject({
    code: "STREAM_UNKNOWN",
    message: `${server.url}/: serves no stream 'two'; it has one`,
  });
  await fails(server.url.replace("ws://", "ftp://")).toMatchObject({ code: "OPTION_INVALID" });
  await fails(server.url.replace("ws://", "ws://me:secret@")).toMatchObject({
    code: "OPTION_INVALID",
    message: expect.not.stringContaining("secret"),
  });
  await fails(server.url, { tokenFile: "/no/such" }).toMatchObject({ code: "FILE_UNREADABLE" });
  await server.close();
  await fails(server.url).toMatchObject({
    code: "SERVER_UNREACHABLE",
    message: expect.stringMatching(/: nobody answers \(.*ECONNREFUSED.*\); check the address/),
  });
});
