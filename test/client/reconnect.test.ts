import { afterEach, expect, jest, test } from "@jest/globals";
import { filter, firstValueFrom } from "rxjs";
import type { Item } from "../../src/eeg/item.ts";
import { connect, type ConnectOptions, type Drop, type Live } from "../../src/client/index.node.ts";
import { headset, madeRecording, ramp, startTestServer, stopServers, until } from "../server/harness.ts";
import { closeProxies, proxyTo } from "./proxy.ts";

jest.setTimeout(30_000);

const open: Live[] = [];
afterEach(async () => {
  for (const live of open.splice(0)) live.close();
  closeProxies();
  await stopServers();
});

function join(url: string, options: ConnectOptions = {}): Live {
  const live = connect(url, { retryMs: 20, longestRetryMs: 100, ...options });
  open.push(live);
  return live;
}

/** The values of channel 0 as they lie on the grid; fails where items overlap or leave a hole. */
function grid(items: readonly Item[]): number[] {
  const values: number[] = [];
  for (const item of items) {
    if (item.kind === "info") values.length = 0;
    if (item.kind !== "samples" && item.kind !== "gap") continue;
    expect(item.start).toBe(values.length);
    for (let i = 0; i < item.nSamples; i++) values.push(item.kind === "gap" ? Number.NaN : item.data[i]!);
  }
  return values;
}

const counted = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test("a lost connection is resumed: nothing is missing, nothing comes twice", async () => {
  const server = await startTestServer();
  await server.addRecording(
    madeRecording(
      Array.from({ length: 20 }, (_, i) => [
        { kind: "marker" as const, onset: 50 * i + 20, duration: 0, text: `m${i}` },
        ramp(50 * i, 50),
      ]).flat(),
    ),
    { speed: 5 },
  );
  const proxy = await proxyTo(server.url);
  const live = join(proxy.url);
  const items: Item[] = [];
  const markers: string[] = [];
  const drops: Drop[] = [];
  let done = false;
  live.samples$.subscribe({ next: (item) => items.push(item), complete: () => (done = true) });
  live.markers$.subscribe(({ text }) => markers.push(text));
  live.drops$.subscribe((drop) => drops.push(drop));
  for (let n = 1; n <= 3; n++) {
    await until(() => proxy.connections === n);
    const before = items.length;
    await until(() => items.length > before + 5);
    proxy.cut();
  }
  await until(() => done);
  expect(proxy.connections).toBe(4);
  expect(grid(items)).toEqual(counted(1000));
  expect(markers).toEqual(Array.from({ length: 20 }, (_, i) => `m${i}`));
  expect(drops).toEqual([]);
});

test("a silent server is found out, and left", async () => {
  const server = await startTestServer();
  await server.addRecording(madeRecording([ramp(0, 1000)]), { speed: 2 });
  const proxy = await proxyTo(server.url);
  const live = join(proxy.url, { timeoutMs: 200 });
  const items: Item[] = [];
  live.samples$.subscribe((item) => items.push(item));
  await until(() => items.length > 3);
  proxy.silence();
  const waiting = await firstValueFrom(
    live.state$.pipe(filter(({ connection }) => connection.status === "waiting")),
  );
  expect(waiting.connection).toMatchObject({
    code: 1006,
    reason: expect.stringMatching(/^silent for \d+ ms$/),
  });
  const before = items.length;
  await until(() => items.length > before + 2);
  const values = grid(items);
  expect(values).toEqual(counted(values.length));
});

test("a server that was killed and restarted: the client goes on and reports what is missing", async () => {
  const first = await startTestServer();
  const port = Number(new URL(first.url).port);
  const source = join(first.url);
  const publication = source.publish(headset);
  await publication.ready;
  const live = join(first.url, { stream: "headset" });
  const items: Item[] = [];
  const drops: Drop[] = [];
  live.samples$.subscribe((item) => items.push(item));
  live.drops$.subscribe((drop) => drops.push(drop));
  await until(() => live.info !== null);
  publication.push(ramp(0, 100).data);
  await until(() => grid(items).length === 100);
  const { instance } = live.info!;
  await first.close();
  publication.push(ramp(100, 100).data); // while nobody listens
  await startTestServer({ port });
  await until(() => drops.length > 0);
  publication.push(ramp(200, 100).data);
  await until(() => grid(items).length === 300);
  expect(live.info!.instance).not.toBe(instance);
  expect(drops[0]).toMatchObject({
    what: "everything",
    reason: "restarted",
    segment: 0,
    ranges: [{ start: 100, nSamples: null }],
  });
  const last = items.findLastIndex(({ kind }) => kind === "info");
  expect(last).toBeGreaterThan(0); // the stream was made anew: a new info
  expect(grid(items.slice(last)).slice(200)).toEqual(counted(300).slice(200));
});

test("a publisher whose connection is cut loses nothing that it still has", async () => {
  const server = await startTestServer();
  const proxy = await proxyTo(server.url);
  const publication = join(proxy.url).publish(headset);
  await publication.ready;
  const live = join(server.url, { stream: "headset" });
  const items: Item[] = [];
  const markers: string[] = [];
  live.samples$.subscribe((item) => items.push(item));
  live.markers$.subscribe(({ text }) => markers.push(text));
  await until(() => live.info !== null);
  for (let i = 0; i < 40; i++) {
    publication.push(ramp(25 * i, 25).data);
    if (i === 10 || i === 25) {
      proxy.cut();
      publication.marker({ onset: 25 * i, text: `cut at ${i}` });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await until(() => grid(items).length === 1000 && markers.length === 2);
  expect(grid(items)).toEqual(counted(1000));
  expect(markers).toEqual(["cut at 10", "cut at 25"]);
});

test("samples skipped by the device's counter become a gap", async () => {
  const server = await startTestServer();
  const publication = join(server.url).publish(headset);
  publication.push(ramp(0, 10).data); // held until the server has answered
  publication.push(ramp(30, 10).data, { start: 30 });
  await publication.ready;
  const live = join(server.url);
  const items: Item[] = [];
  live.samples$.subscribe((item) => items.push(item));
  await until(() => live.info !== null);
  publication.gap(10, "paused");
  publication.push(ramp(50, 10).data, { timeNs: 1n });
  publication.restart();
  publication.push(ramp(0, 10).data);
  await until(() => items.filter(({ kind }) => kind === "info").length === 2 && grid(items).length === 10);
  expect(items.map((item) => (item.kind === "gap" ? item.reason : item.kind))).toEqual([
    "info",
    "edge",
    "paused",
    "samples",
    "info",
    "samples",
  ]);
  expect(publication.next).toBe(10);
  publication.end();
});
