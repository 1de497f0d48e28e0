import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { filter, firstValueFrom, take, toArray } from "rxjs";
import type { Decision } from "../../src/eeg/decision.ts";
import type { Item } from "../../src/eeg/item.ts";
import { decode } from "../../src/decode/decode.ts";
import {
  connect,
  type ConnectOptions,
  type Live,
  type LiveDecision,
  type LiveState,
} from "../../src/client/index.node.ts";
import { bandpass } from "../../src/signal/operators.ts";
import { randomModel } from "../model/random-model.ts";
import {
  decodingBy,
  headset,
  madeInfo,
  madeRecording,
  ramp,
  sleep,
  startTestServer,
  stopServers,
  until,
} from "../server/harness.ts";
import { noise, streamInfo } from "../tokens/signals.ts";

jest.setTimeout(30_000);

const open: Live[] = [];
afterEach(async () => {
  for (const live of open.splice(0)) live.close();
  await stopServers();
});

function join(url: string, options: ConnectOptions = {}): Live {
  const live = connect(url, { retryMs: 20, ...options });
  open.push(live);
  return live;
}

const isOpen = ({ connection }: LiveState): boolean => connection.status === "open";

/** Ten seconds that a model can decode. */
function decodable() {
  const info = streamInfo({});
  return madeRecording([noise(info.channels.length, 1600, 5)], info);
}

/** What `decode` gives too. */
function bare(live: LiveDecision): Decision {
  const { kind, sample, time, label, probability, probabilities, abstained, reasons } = live;
  return { kind, sample, time, label, probability, probabilities, abstained, reasons };
}

async function offline(): Promise<Decision[]> {
  const decisions: Decision[] = [];
  for await (const { timing: _, ...decision } of decode(decodable().items(), randomModel()))
    decisions.push(decision);
  return decisions;
}

test("five lines give labels, those of `decode`, and an end", async () => {
  const server = await startTestServer({ decoding: decodingBy(randomModel()) });
  await server.addRecording(decodable(), { speed: "max" });
  const live = join(server.url);
  const got = await firstValueFrom(live.decisions$.pipe(toArray()));
  const decisions = got.map(bare);
  expect(decisions).toEqual(await offline());
  expect(decisions.length).toBeGreaterThan(80);
});

test("samples$ is a stream as every source gives it, from the middle too", async () => {
  const server = await startTestServer();
  await server.addRecording(
    madeRecording([ramp(0, 100), { kind: "gap", start: 100, nSamples: 50, reason: "lost" }, ramp(150, 150)]),
    {
      speed: 20,
    },
  );
  const first = join(server.url);
  const begun = firstValueFrom(first.samples$.pipe(take(3), toArray()));
  const items = await begun;
  expect(items[0]).toMatchObject({ kind: "info", stream: { name: "made", segment: 0 } });
  const late = await firstValueFrom(join(server.url).samples$.pipe(toArray()));
  let next = 0;
  for (const item of late) {
    if (item.kind !== "samples" && item.kind !== "gap") continue;
    expect(item.start).toBe(next);
    next += item.nSamples;
  }
  expect(next).toBe(300);
  expect(late[1]).toMatchObject({ kind: "gap", start: 0, reason: "edge" });
});

test("live samples go through the same operators as a file's", async () => {
  const server = await startTestServer();
  await server.addRecording(decodable(), { speed: "max" });
  const live = join(server.url);
  const filtered = await firstValueFrom(
    live.samples$.pipe(bandpass({ lowHz: 8, highHz: 13, order: 2 }), toArray()),
  );
  expect(filtered[0]).toMatchObject({ kind: "info" });
  expect(filtered.filter(({ kind }) => kind === "samples").length).toBeGreaterThan(5);
});

test("items() is pulled: decoding it gives the same, and the server waits for a slow reader", async () => {
  const server = await startTestServer({ limits: { memoryBytes: 2 ** 18 } });
  const info = madeInfo("wide", 64);
  const chunks = Array.from({ length: 100 }, (_, i) => ramp(100 * i, 100, 64));
  await server.addRecording(madeRecording(chunks, info), { speed: "max" });
  const live = join(server.url, { credit: 8 });
  let next = 0;
  for await (const item of live.items()) {
    if (item.kind !== "samples") continue;
    expect(item.start).toBe(next);
    next += item.nSamples;
    if (next % 1000 === 0) await sleep(10);
  }
  expect(next).toBe(10_000);
});

test("two subscribers share nothing: what one writes into its samples the other does not see", async () => {
  const server = await startTestServer();
  await server.addRecording(madeRecording([ramp(0, 200)]), { speed: 10 });
  const live = join(server.url);
  live.samples$.subscribe((item) => item.kind === "samples" && item.data.fill(-1));
  const items = await firstValueFrom(live.samples$.pipe(toArray()));
  for (const item of items)
    if (item.kind === "samples") expect(item).toEqual(ramp(item.start, item.nSamples));
});

test("two subscribers with filters of their own get what one alone gets", async () => {
  const server = await startTestServer();
  const run = async (n: number): Promise<Item[][]> => {
    const name = await server.addRecording(decodable(), { speed: "max" });
    const live = join(server.url, { stream: name });
    const filtered = live.samples$.pipe(bandpass({ lowHz: 8, highHz: 13, order: 2 }), toArray());
    return Promise.all(Array.from({ length: n }, () => firstValueFrom(filtered)));
  };
  const [alone] = await run(1);
  const [one, two] = await run(2);
  const data = (items: Item[] | undefined) =>
    items?.flatMap((item) => (item.kind === "samples" ? [...item.data] : []));
  expect(data(one)).toEqual(data(alone));
  expect(data(two)).toEqual(data(alone));
});

test("what is asked of the server is what somebody subscribes to", async () => {
  const server = await startTestServer();
  const publisher = join(server.url);
  const publication = publisher.publish(headset);
  await publication.ready;
  const live = join(server.url);
  const markers: string[] = [];
  live.markers$.subscribe(({ text }) => markers.push(text));
  const counts: number[] = [];
  live.stats$.subscribe(({ samples }) => counts.push(samples));
  await until(() => live.info !== null);
  publication.push(ramp(0, 50).data);
  publication.marker({ onset: 10, text: "one" });
  await until(() => markers.length === 1);
  const samples: Item[] = [];
  const subscription = live.samples$.subscribe((item) => samples.push(item));
  await sleep(50);
  publication.push(ramp(50, 50).data);
  await until(() => samples.length === 3);
  expect(samples.map(({ kind }) => kind)).toEqual(["info", "gap", "samples"]);
  subscription.unsubscribe();
  await sleep(50);
  publication.push(ramp(100, 50).data);
  publication.marker({ onset: 120, text: "two", duration: 5, channel: "O1" });
  await until(() => markers.length === 2);
  await until(() => counts.length > 0);
  expect(counts[0]).toBe(50); // only what came while samples$ was subscribed to
});

test("control, streams and stats", async () => {
  const server = await startTestServer();
  await server.addRecording(madeRecording([ramp(0, 1000)]), { speed: 1 });
  const live = join(server.url);
  live.samples$.subscribe();
  expect((await live.streams()).map(({ name }) => name)).toEqual(["made"]);
  await live.control({ do: "pause" });
  const paused = await firstValueFrom(live.state$.pipe(filter(({ stream }) => stream?.status === "paused")));
  expect(paused.stream?.playback).toMatchObject({ speed: 1, durationSeconds: 10 });
  await live.control({ do: "seek", seconds: 5 });
  await live.control({ do: "play" });
  const stats = await firstValueFrom(live.stats$);
  expect(stats.clock!.uncertaintyMs).toBeLessThan(50);
  expect(Math.abs(stats.clock!.offsetMs)).toBeLessThan(50);
  expect(stats.droppedSamples).toBe(0);
});

describe("errors", () => {
  test("an unknown stream fails the observables with what to do", async () => {
    const server = await startTestServer();
    const live = join(server.url, { stream: "nothing" });
    await expect(firstValueFrom(live.decisions$)).rejects.toMatchObject({
      code: "PROTOCOL_STREAM",
      message: "no stream is called nothing",
    });
  });

  test("a refused token fails everything, and nothing is tried again", async () => {
    const { parseTokens } = await import("../../src/server/tokens.ts");
    const tokens = parseTokens(
      '{"tokens":[{"name":"a","token":"0123456789abcdef","roles":["subscribe"]}]}',
      "t",
    );
    const server = await startTestServer({ tokens });
    const live = join(server.url, { token: "wrong" });
    const states: string[] = [];
    live.state$.subscribe(({ connection }) => states.push(connection.status));
    await expect(firstValueFrom(live.decisions$)).rejects.toMatchObject({ code: "PROTOCOL_TOKEN" });
    await expect(live.publish(headset).ready).rejects.toMatchObject({ code: "PROTOCOL_TOKEN" });
    await expect(live.streams()).rejects.toMatchObject({ code: "PROTOCOL_TOKEN" });
    expect(states.at(-1)).toBe("closed");
    expect(states).not.toContain("waiting");
    const good = join(server.url, { token: "0123456789abcdef" });
    expect(await firstValueFrom(good.state$.pipe(filter(isOpen)))).toMatchObject({
      connection: { roles: ["subscribe"] },
    });
  });

  test("misuse of a publication names what was expected", async () => {
    const server = await startTestServer();
    const publication = join(server.url).publish(headset);
    expect(() => publication.push(new Float32Array(3))).toThrow(
      "push: expected 2 channels of samples, got 3 numbers",
    );
    publication.push(new Float32Array(20));
    expect(() => publication.push(new Float32Array(20), { start: 5 })).toThrow(
      "expected to start at sample 10 or later, got 5",
    );
    publication.end();
    expect(() => publication.push(new Float32Array(20))).toThrow("the stream has ended");
  });

  test("closing completes the observables", async () => {
    const server = await startTestServer();
    await server.addRecording(madeRecording([ramp(0, 1000)]));
    const live = join(server.url);
    const all = firstValueFrom(live.samples$.pipe(toArray()));
    await until(() => live.info !== null);
    live.close();
    expect((await all).length).toBeGreaterThan(0);
  });
});
