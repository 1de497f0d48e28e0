import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { electrode } from "../../src/eeg/electrodes.ts";
import type { ClientMessageInput } from "../../src/protocol/client-message.ts";
import { formatSamplesFrame } from "../../src/protocol/samples-frame.ts";
import { randomModel } from "../model/random-model.ts";
import { decodingBy, headset, openHello, ramp, startTestServer, stopServers, type Raw } from "./harness.ts";

jest.setTimeout(30_000);
afterEach(stopServers);

async function publisher(url: string): Promise<Raw> {
  const raw = await openHello(url);
  raw.send({ kind: "publish", info: headset, request: 1 });
  expect(await raw.take("published")).toMatchObject({ stream: 1, request: 1 });
  return raw;
}

async function subscriber(url: string): Promise<Raw> {
  const raw = await openHello(url);
  raw.send({ kind: "subscribe", stream: "headset", what: ["samples", "markers", "quality"] });
  await raw.take("state");
  return raw;
}

function frame(
  start: number,
  nSamples: number,
  more: { segment?: number; stream?: number; nChannels?: number } = {},
): Uint8Array {
  const { segment = 0, stream = 1, nChannels = 2 } = more;
  return formatSamplesFrame({
    stream,
    segment,
    timeNs: null,
    nChannels,
    samples: ramp(start, nSamples, nChannels),
  });
}

test("what is published in binary and JSON arrives, with markers, and gaps where the index jumps", async () => {
  const server = await startTestServer();
  const [source, sink] = [await publisher(server.url), await subscriber(server.url)];
  source.send(frame(0, 10));
  source.send({
    kind: "samples",
    stream: 1,
    segment: 0,
    start: 15,
    data: [
      [1.5, null],
      [2, 3],
    ],
  });
  source.send({ kind: "gap", stream: 1, segment: 0, start: 17, nSamples: 3, reason: "paused" });
  source.send({ kind: "marker", stream: 1, segment: 0, onset: 4.5, duration: 0, text: "late" });
  expect((await sink.frame()).samples).toEqual(ramp(0, 10));
  expect(await sink.take("gap")).toMatchObject({ start: 10, nSamples: 5, reason: "lost" });
  expect((await sink.frame()).samples).toMatchObject({
    start: 15,
    data: Float32Array.of(1.5, Number.NaN, 2, 3),
  });
  expect(await sink.take("gap")).toMatchObject({ start: 17, nSamples: 3, reason: "paused" });
  expect(await sink.take("marker")).toMatchObject({ onset: 4.5, text: "late" });
  source.send({ kind: "end", stream: 1 });
  expect(await sink.take("state")).toMatchObject({ status: "ended" });
});

test("streams that are announced all at once are all taken, in order", async () => {
  const server = await startTestServer();
  const raw = await openHello(server.url);
  for (let i = 0; i < 20; i++) raw.send({ kind: "publish", info: { ...headset, name: `s${i}` }, request: i });
  for (let i = 0; i < 20; i++)
    expect(await raw.take("published")).toMatchObject({ stream: i + 1, request: i });
});

test("a new info begins a new segment, from sample 0", async () => {
  const server = await startTestServer();
  const [source, sink] = [await publisher(server.url), await subscriber(server.url)];
  source.send(frame(0, 10));
  source.send({ kind: "info", stream: 1, info: { ...headset, sfreq: { num: 200, den: 1 } } });
  expect(await source.take("published")).toMatchObject({ segment: 1, next: 0 });
  source.send(frame(0, 10, { segment: 1 }));
  await sink.frame();
  expect((await sink.take("info")).info).toMatchObject({ segment: 1, sfreq: { num: 200, den: 1 } });
  expect(await sink.frame()).toMatchObject({ segment: 1, samples: { start: 0 } });
});

test("quality bears the samples that it speaks of", async () => {
  const server = await startTestServer();
  const [source, sink] = [await publisher(server.url), await subscriber(server.url)];
  const samples = ramp(0, 130);
  samples.data.fill(7, 130);
  source.send(formatSamplesFrame({ stream: 1, segment: 0, timeNs: null, nChannels: 2, samples }));
  const { start, nSamples, channels } = await sink.take("quality");
  expect({ start, nSamples }).toEqual({ start: 0, nSamples: 100 });
  expect(channels[0]).toMatchObject({ peakToPeak: 99, missing: 0, state: "good" });
  expect(channels[1]).toMatchObject({ deviation: 0, peakToPeak: 0, missing: 0, state: "flat" });
});

test("quality is looked at from when somebody asks for it on", async () => {
  const server = await startTestServer();
  const source = await publisher(server.url);
  const sink = await openHello(server.url);
  sink.send({ kind: "subscribe", stream: "headset", what: ["samples"] });
  await sink.take("state");
  source.send(frame(0, 130));
  await sink.frame();
  sink.send({ kind: "subscribe", stream: "headset", what: ["quality"], from: { segment: 0, sample: 0 } });
  await sink.take("state");
  source.send(frame(130, 130));
  expect(await sink.take("quality")).toMatchObject({ start: 130, nSamples: 100 });
});

test("a lost publisher that comes back within the grace time goes on, with a gap", async () => {
  const server = await startTestServer();
  const [source, sink] = [await publisher(server.url), await subscriber(server.url)];
  source.send(frame(0, 10));
  await sink.frame();
  source.socket.terminate();
  expect(await sink.take("state")).toMatchObject({ status: "interrupted" });
  const again = await openHello(server.url);
  again.send({ kind: "publish", info: headset });
  expect(await again.take("published")).toMatchObject({ stream: 1, segment: 0, next: 10 });
  again.send(frame(40, 10));
  expect(await sink.take("state")).toMatchObject({ status: "live" });
  expect(await sink.take("gap")).toMatchObject({ start: 10, nSamples: 30, reason: "lost" });
  expect((await sink.frame()).samples).toEqual(ramp(40, 10));
});

test("one that comes back with other channels begins a new segment", async () => {
  const server = await startTestServer();
  const [source, sink] = [await publisher(server.url), await subscriber(server.url)];
  source.send(frame(0, 10));
  await sink.frame();
  source.socket.close();
  const again = await openHello(server.url);
  await source.closed;
  again.send({ kind: "publish", info: { ...headset, channels: headset.channels.slice(1) } });
  expect(await again.take("published")).toMatchObject({ stream: 1, segment: 1, next: 0 });
  expect((await sink.take("info")).info.channels.map(({ label }) => label)).toEqual(["O2"]);
});

test("one that does not come back ends the stream", async () => {
  const server = await startTestServer({ limits: { graceMs: 50 } });
  const [source, sink] = [await publisher(server.url), await subscriber(server.url)];
  source.socket.close();
  expect(await sink.take("state")).toMatchObject({ status: "interrupted" });
  expect(await sink.take("state")).toMatchObject({
    status: "ended",
    reason: "its publisher did not come back",
  });
  sink.send({ kind: "list" });
  expect(await sink.take("streams")).toMatchObject({ streams: [] });
});

test("a stream has one publisher", async () => {
  const server = await startTestServer();
  const source = await publisher(server.url);
  const other = await openHello(server.url);
  other.send({ kind: "publish", info: headset, request: 9 });
  expect(await other.take("error")).toMatchObject({ code: "PROTOCOL_CONFLICT", request: 9, fatal: false });
  source.send(frame(0, 10));
  other.send({ kind: "publish", info: { ...headset, name: "another" } });
  expect(await other.take("published")).toMatchObject({ stream: 2 });
});

test("a stream that the model cannot work on is declined with the reason", async () => {
  const server = await startTestServer({ decoding: decodingBy(randomModel()) });
  const raw = await openHello(server.url);
  const channels = headset.channels.map((channel, i) => ({ ...channel, label: `Ch${i}` }));
  raw.send({ kind: "publish", info: { ...headset, channels }, request: 2 });
  expect(await raw.take("error")).toMatchObject({ code: "CHANNEL_POSITION", request: 2, fatal: false });
});

test("electrodes that are published without positions get them by their labels; a given one is kept", async () => {
  const server = await startTestServer();
  const raw = await openHello(server.url);
  const [first, second] = headset.channels;
  const channels = [first!, { ...second!, position: [0, 0, 1] as [number, number, number] }];
  raw.send({ kind: "publish", info: { ...headset, channels } });
  await raw.take("published");
  raw.send({ kind: "list" });
  const [stream] = (await raw.take("streams")).streams;
  expect(stream!.channels.map(({ position }) => position?.map((axis) => Number(axis.toFixed(3))))).toEqual([
    electrode("O1")!.position.map((axis) => Number(axis.toFixed(3))),
    [0, 0, 1],
  ]);
});

describe("what a publisher may not", () => {
  const faults: [string, Uint8Array | ClientMessageInput, number, string][] = [
    [
      "samples that were already sent",
      frame(5, 10),
      4412,
      "headset: sample 5 was already sent, 10 is the next",
    ],
    [
      "a segment that is over",
      frame(10, 10, { segment: 1 }),
      4412,
      "headset: segment 1 is over, 0 is the present one",
    ],
    [
      "a stream of another",
      frame(10, 10, { stream: 2 }),
      4412,
      "stream 2 is not published by this connection",
    ],
    [
      "channels that it has not",
      frame(10, 10, { nChannels: 3 }),
      4422,
      "headset: expected 2 channels, got 3",
    ],
    [
      "an absurd jump",
      frame(2 ** 45, 10),
      4413,
      "headset: a jump from sample 10 to 35184372088832 is longer than 86400 s",
    ],
    [
      "an absurd gap",
      { kind: "gap", stream: 1, segment: 0, start: 10, nSamples: 2 ** 50, reason: "lost" },
      4413,
      "headset: a gap of 1125899906842624 samples is longer than 86400 s",
    ],
    [
      "rows of different lengths",
      { kind: "samples", stream: 1, segment: 0, start: 10, data: [[1], [1, 2]] },
      4422,
      "samples: row 0 has 1 numbers, row 1 has 2",
    ],
    [
      "a number beyond float32",
      { kind: "samples", stream: 1, segment: 0, start: 10, data: [[1e300], [1]] },
      4422,
      "samples: row 0, number 0 is beyond float32",
    ],
    [
      "more channels than allowed",
      {
        kind: "publish",
        info: {
          ...headset,
          name: "wide",
          channels: Array.from({ length: 1025 }, (_, c) => ({ ...headset.channels[0]!, label: `c${c}` })),
        },
      },
      4413,
      "wide: 1025 channels are more than 1024",
    ],
    [
      "a higher rate than allowed",
      { kind: "publish", info: { ...headset, name: "fast", sfreq: { num: 100_000, den: 1 } } },
      4413,
      "fast: 100000 Hz is more than 50000",
    ],
  ];
  test.each(faults)("%s: closed with a reason, and others go on", async (...fault) => {
    const [, message, code, reason] = fault;
    const server = await startTestServer();
    const [source, sink] = [await publisher(server.url), await subscriber(server.url)];
    const other = await openHello(server.url);
    other.send({ kind: "publish", info: { ...headset, name: "bystander" } });
    await other.take("published");
    source.send(frame(0, 10));
    await sink.frame();
    source.send(message);
    expect(await source.closed).toEqual({ code, reason });
    expect(await sink.take("state")).toMatchObject({ status: "interrupted" });
    other.send(frame(0, 10, { stream: 2 }));
    sink.send({ kind: "subscribe", stream: "bystander", what: ["samples"], from: { segment: 0, sample: 0 } });
    expect((await sink.frame()).stream).toBe(2);
  });

  test("labels twice, or too many streams", async () => {
    const server = await startTestServer({ limits: { publications: 1 } });
    const twice = await openHello(server.url);
    twice.send({
      kind: "publish",
      info: { ...headset, channels: [headset.channels[0]!, headset.channels[0]!] },
    });
    expect(await twice.closed).toEqual({
      code: 4400,
      reason: "headset: two channels are called O1; labels must differ",
    });
    const raw = await openHello(server.url);
    raw.send({ kind: "publish", info: headset });
    await raw.take("published");
    raw.send({ kind: "publish", info: { ...headset, name: "second" } });
    expect(await raw.closed).toEqual({ code: 4413, reason: "more than 1 published streams" });
  });
});
