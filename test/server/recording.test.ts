import { fileURLToPath } from "node:url";
import { afterEach, expect, jest, test } from "@jest/globals";
import type { Decision } from "../../src/eeg/decision.ts";
import { decode } from "../../src/decode/decode.ts";
import { openFile } from "../../src/formats/open.node.ts";
import { replay } from "../../src/source/replay.ts";
import { randomModel } from "../model/random-model.ts";
import {
  decodingBy,
  madeInfo,
  madeRecording,
  openHello,
  ramp,
  startTestServer,
  stopServers,
} from "./harness.ts";

const demo = fileURLToPath(new URL("../../recordings/demo.edf", import.meta.url));

jest.setTimeout(30_000);
afterEach(stopServers);

async function offline(): Promise<Decision[]> {
  const recording = await openFile(demo);
  const decisions: Decision[] = [];
  for await (const { timing: _, ...decision } of decode(replay(recording), randomModel()))
    decisions.push(decision);
  await recording.close();
  return decisions;
}

test("the decisions of a served file are those of `decode`, bit for bit", async () => {
  const server = await startTestServer({ decoding: decodingBy(randomModel()) });
  await server.addRecording(await openFile(demo), { speed: "max" });
  const raw = await openHello(server.url);
  raw.send({ kind: "subscribe", what: ["decisions"] });
  const got: Decision[] = [];
  for (;;) {
    const message = await raw.next();
    if (message.kind === "decision") {
      expect(message.model).toBe("0".repeat(64));
      expect(message.ageMs).toBeGreaterThanOrEqual(message.stages.decodeMs);
      const { timing: _, ...decision } = message.decision;
      got.push(decision);
    }
    if (message.kind === "state" && message.status === "ended") break;
  }
  const expected = await offline();
  expect(expected.length).toBeGreaterThan(500);
  expect(got).toEqual(expected);
});

test("samples, gaps and markers come in the order and with the numbers of the file", async () => {
  const server = await startTestServer();
  await server.addRecording(
    madeRecording([
      ramp(0, 150),
      { kind: "marker", onset: 170.5, duration: 10, text: "eyes closed" },
      { kind: "gap", start: 150, nSamples: 20, reason: "discontinuity" },
      ramp(170, 130),
    ]),
    { speed: 20, name: "made" },
  );
  const raw = await openHello(server.url);
  raw.send({ kind: "subscribe", stream: "made", what: ["samples", "markers"], request: 7 });
  expect(await raw.take("subscribed")).toMatchObject({ request: 7, resumed: false });
  const { info } = await raw.take("info");
  expect(info).toMatchObject({
    name: "made",
    origin: "recording",
    segment: 0,
    durationSeconds: 3,
    type: "EEG",
  });
  let next = 0;
  const others: unknown[] = [];
  for (;;) {
    const message = await raw.next();
    if (message.kind === "frame") {
      expect(message.samples.start).toBe(next);
      expect(message.samples).toEqual(ramp(next, message.samples.nSamples));
      next += message.samples.nSamples;
    } else if (message.kind === "gap") {
      expect(message).toMatchObject({ start: next, nSamples: 20, reason: "discontinuity" });
      next += 20;
    } else if (message.kind === "marker") others.push([message.onset, message.duration, message.text, next]);
    if (message.kind === "state" && message.status === "ended") break;
  }
  expect(next).toBe(300);
  expect(others).toEqual([[170.5, 10, "eyes closed", 170]]);
});

test("two subscribers of one stream get the same, also as JSON", async () => {
  const server = await startTestServer();
  await server.addRecording(
    madeRecording([ramp(0, 50), { ...ramp(50, 10), data: new Float32Array(20).fill(Number.NaN) }]),
    {
      speed: "max",
    },
  );
  const [binary, json] = [await openHello(server.url), await openHello(server.url)];
  json.send({ kind: "subscribe", what: ["samples"], encoding: "json", from: { segment: 0, sample: 0 } });
  await json.take("subscribed");
  binary.send({ kind: "subscribe", what: ["samples"], from: { segment: 0, sample: 0 } });
  const frames = [await binary.frame(), await binary.frame()];
  for (const { samples, timeNs } of frames) {
    const rows = await json.take("samples");
    expect(rows).toMatchObject({ start: samples.start, timeNs: String(timeNs) });
    expect(rows.data.flat().map((value) => value ?? Number.NaN)).toEqual([...samples.data]);
  }
});

test("a recording waits for its first subscriber, plays, pauses, seeks, loops and changes its speed", async () => {
  const server = await startTestServer();
  await server.addRecording(madeRecording([ramp(0, 1000)]), { speed: 10 });
  const raw = await openHello(server.url);
  raw.send({ kind: "list" });
  expect((await raw.take("streams")).streams[0]).toMatchObject({ stream: 1, t0: "2020-01-01T10:00:00" });
  raw.send({ kind: "subscribe", what: ["samples"] });
  expect(await raw.take("state")).toMatchObject({ status: "ready", segment: 0 });
  expect(await raw.take("state")).toMatchObject({ status: "live", playback: { speed: 10, loop: false } });
  await raw.frame();

  raw.send({ kind: "control", stream: 1, action: { do: "pause" }, request: 1 });
  const paused = await raw.take("state");
  expect(paused).toMatchObject({ status: "paused" });
  expect(await raw.take("done")).toMatchObject({ request: 1 });

  raw.send({ kind: "control", stream: 1, action: { do: "seek", seconds: 9.5 } });
  raw.send({ kind: "control", stream: 1, action: { do: "loop", loop: true } });
  raw.send({ kind: "control", stream: 1, action: { do: "play" } });
  const { info } = await raw.take("info");
  expect(info).toMatchObject({ segment: 1, t0: "2020-01-01T10:00:09.5" });
  const first = await raw.frame();
  expect(first).toMatchObject({ segment: 1, samples: { start: 0 } });
  expect(first.samples.data[0]).toBe(950);
  const looped = await raw.take("info");
  expect(looped.info).toMatchObject({ segment: 2, t0: "2020-01-01T10:00:00" });

  raw.send({ kind: "control", stream: 1, action: { do: "loop", loop: false } });
  raw.send({ kind: "control", stream: 1, action: { do: "speed", speed: "max" } });
  for (;;) if ((await raw.take("state")).status === "ended") break;
  raw.send({ kind: "control", stream: 1, action: { do: "seek", seconds: 9 } });
  expect((await raw.take("info")).segment).toBe(3);
});

test("a pause is no gap: the grid goes on as if nothing had been", async () => {
  const server = await startTestServer();
  await server.addRecording(madeRecording([ramp(0, 100)]), { speed: 4 });
  const raw = await openHello(server.url);
  raw.send({ kind: "subscribe", what: ["samples"] });
  await raw.frame();
  raw.send({ kind: "control", stream: 1, action: { do: "pause" } });
  await raw.take("done");
  raw.send({ kind: "control", stream: 1, action: { do: "play" } });
  raw.send({ kind: "control", stream: 1, action: { do: "speed", speed: "max" } });
  let end = 0;
  while (end < 100) {
    const message = await raw.next();
    expect(["frame", "state", "done"]).toContain(message.kind);
    if (message.kind === "frame") end = message.samples.start + message.samples.nSamples;
  }
});

test("at full speed a lossless subscriber that reads slowly gets everything, and memory stays bounded", async () => {
  const chunk = ramp(0, 100, 64);
  const chunks = Array.from({ length: 150 }, (_, i) => ({ ...chunk, start: 100 * i }));
  const info = madeInfo("made", 64);
  const server = await startTestServer({ limits: { memoryBytes: 2 ** 20, sendBytes: 2 ** 16 } });
  await server.addRecording(madeRecording(chunks, info), { speed: "max" });
  const slow = await openHello(server.url);
  slow.send({ kind: "subscribe", what: ["samples"], credit: 3 });
  let next = 0;
  while (next < 15_000) {
    const message = await slow.next();
    if (message.kind === "dropped") throw new Error("nothing may be dropped");
    if (message.kind !== "subscribed") slow.send({ kind: "credit", stream: 1, messages: 1 });
    if (message.kind !== "frame") continue;
    expect(message.samples.start).toBe(next);
    next += message.samples.nSamples;
  }
});

test("a subscriber that does not read at all is not waited for without end", async () => {
  const chunk = ramp(0, 100, 64);
  const chunks = Array.from({ length: 100 }, (_, i) => ({ ...chunk, start: 100 * i }));
  const info = madeInfo("made", 64);
  const server = await startTestServer({ limits: { memoryBytes: 2 ** 20, stallMs: 300 } });
  await server.addRecording(madeRecording(chunks, info), { speed: "max" });
  const [stalled, reader] = [await openHello(server.url), await openHello(server.url)];
  stalled.send({ kind: "subscribe", what: ["samples"], credit: 3 });
  await stalled.take("subscribed");
  reader.send({ kind: "subscribe", what: ["samples"], from: { segment: 0, sample: 0 } });
  for (let next = 0; next < 10_000;) {
    const { samples } = await reader.frame();
    expect(samples.start).toBe(next);
    next += samples.nSamples;
  }
  expect(await stalled.closed).toMatchObject({ code: 4429 });
});

test("who joins later is told where the recording is by then", async () => {
  const server = await startTestServer();
  await server.addRecording(madeRecording([ramp(0, 1000)]), { speed: 20 });
  const first = await openHello(server.url);
  first.send({ kind: "subscribe", what: ["samples"] });
  let next = 0;
  while (next < 300) {
    const { samples } = await first.frame();
    next = samples.start + samples.nSamples;
  }
  const second = await openHello(server.url);
  second.send({ kind: "subscribe", what: ["samples"] });
  const { playback } = await second.take("state");
  const { samples } = await second.frame();
  expect(playback!.positionSeconds).toBeGreaterThanOrEqual(3);
  expect(playback!.positionSeconds).toBeCloseTo(samples.start / 100, 6);
});
