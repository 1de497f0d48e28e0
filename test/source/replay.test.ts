import { describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { firstValueFrom, from, take, toArray } from "rxjs";
import type { Item } from "../../src/eeg/item.ts";
import { systemClock } from "../../src/source/clock.ts";
import { replay } from "../../src/source/replay.ts";
import { fileSource } from "../../src/formats/file-source.node.ts";
import { replay as replayPath } from "../../src/source/replay.node.ts";
import { describeWith, eegmmidb, sharedData } from "../shared-data.ts";
import { all, gap, madeClock, madeInfo, madeRecording, marker, ramp } from "./made-recording.ts";

/** When each item came, in milliseconds since the first pull. */
async function timed(
  items: AsyncIterable<Item>,
  clock: { now(): number },
): Promise<{ item: Item; ms: number }[]> {
  const begun = clock.now();
  const list: { item: Item; ms: number }[] = [];
  for await (const item of items) list.push({ item, ms: clock.now() - begun });
  return list;
}

/** Differs where any item or sample does. */
async function digestOf(items: AsyncIterable<Item>): Promise<string> {
  const hash = createHash("sha256");
  for await (const item of items)
    if (item.kind === "samples") hash.update(`${item.start} ${item.nSamples}`).update(item.data);
    else hash.update(JSON.stringify(item));
  return hash.digest("hex");
}

describe("as fast as it is pulled", () => {
  test("items come as the recording has them, each time anew", async () => {
    const recording = madeRecording([marker(3), ramp(0, 160), gap(160, 5), ramp(165, 10)]);
    const items = replay(recording);
    const expected = await all(recording.items());
    expect(await all(items)).toEqual(expected);
    expect(await all(items)).toEqual(expected);
    expect(recording.closed).toBe(0); // its owner closes it
  });

  test("nothing is read ahead of what is pulled", async () => {
    const recording = madeRecording(Array.from({ length: 50 }, (_, i) => ramp(i * 160, 160)));
    const iterator = replay(recording)[Symbol.asyncIterator]();
    for (let i = 0; i < 4; i++) await iterator.next();
    expect(recording.pulled).toBe(3);
    await iterator.return!();
    expect((await iterator.next()).done).toBe(true);
  });

  test("chunkSeconds cuts the samples anew, at least one at a time", async () => {
    const recording = madeRecording([ramp(0, 10)]);
    const lengths = async (chunkSeconds: number): Promise<number[]> =>
      (await all(replay(recording, { chunkSeconds }))).flatMap((item) =>
        item.kind === "samples" ? [item.nSamples] : [],
      );
    expect(await lengths(0.025)).toEqual([4, 4, 2]);
    expect(await lengths(1e-9)).toEqual(new Array(10).fill(1));
    expect(await lengths(1e9)).toEqual([10]);
  });

  test("two subscribers each get the whole stream", async () => {
    const stream = from(replay(madeRecording([ramp(0, 160), ramp(160, 160)])));
    const [a, b] = await Promise.all([
      firstValueFrom(stream.pipe(toArray())),
      firstValueFrom(stream.pipe(take(2), toArray())),
    ]);
    expect(a).toHaveLength(3);
    expect(b).toEqual(a.slice(0, 2));
  });
});

describe("paced", () => {
  const minute = Array.from({ length: 60 }, (_, i) => ramp(i * 160, 160));

  test.each([1, 4, 0.5])("at speed %d each chunk comes when its last sample was due", async (speed) => {
    const clock = madeClock();
    const times = await timed(replay(madeRecording(minute), { speed, clock }), clock);
    expect(times[0]).toMatchObject({ item: { kind: "info" }, ms: 0 });
    expect(times).toHaveLength(1 + 600);
    for (const { item, ms } of times)
      if (item.kind === "samples")
        expect(ms).toBeCloseTo(((item.start + item.nSamples) * 1000) / (160 * speed), 6);
  });

  test("an inexact clock does not make it drift", async () => {
    const clock = madeClock(3);
    const times = await timed(replay(madeRecording(minute), { speed: 1, clock }), clock);
    for (const { item, ms } of times) {
      if (item.kind !== "samples") continue;
      const late = ms - ((item.start + item.nSamples) * 1000) / 160;
      expect(late).toBeGreaterThanOrEqual(-1e-6);
      expect(late).toBeLessThan(4);
    }
  });

  test("after a consumer's pause the overdue comes without waiting, and the rest on time", async () => {
    const clock = madeClock();
    const late: number[] = [];
    for await (const item of replay(madeRecording(minute), { speed: 1, clock, chunkSeconds: 1 })) {
      if (item.kind !== "samples") continue;
      late.push(clock.now() - 1234.5 - ((item.start + item.nSamples) * 1000) / 160);
      if (item.start === 1600) clock.time += 4500;
    }
    const expected = new Array<number>(60).fill(0);
    [3500, 2500, 1500, 500].forEach((ms, i) => (expected[11 + i] = ms));
    expect(late).toEqual(expected);
  });

  test("nothing comes early, nothing is lost, whatever the clock and the consumer do", async () => {
    const made = fc.record({
      rate: fc.constantFrom([160, 1], [1000, 7], [1, 3]),
      speed: fc.double({ min: 0.1, max: 50, noNaN: true }),
      chunkSeconds: fc.double({ min: 0.01, max: 3, noNaN: true }),
      jitterMs: fc.double({ min: 0, max: 20, noNaN: true }),
      lengths: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 }),
      pauses: fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(made, async ({ rate, speed, chunkSeconds, jitterMs, lengths, pauses }) => {
        const clock = madeClock(jitterMs);
        const items: Item[] = [];
        let at = 0;
        for (const [i, n] of lengths.entries()) {
          items.push(i % 3 === 2 ? gap(at, n) : ramp(at, n));
          at += n;
        }
        const recording = madeRecording(items, madeInfo(rate[0]!, rate[1]!));
        const begun = clock.now();
        let next = 0;
        let turn = 0;
        for await (const item of replay(recording, { speed, chunkSeconds, clock })) {
          if (item.kind !== "samples" && item.kind !== "gap") continue;
          expect(item.start).toBe(next);
          next += item.nSamples;
          const due = (next * 1000 * rate[1]!) / (rate[0]! * speed);
          expect(clock.now() - begun).toBeGreaterThanOrEqual(due - 1e-6);
          clock.time += pauses[turn++ % pauses.length]!;
        }
        expect(next).toBe(at);
      }),
      { numRuns: 40 },
    );
  });

  test("gaps take their time; markers come at their onset", async () => {
    const clock = madeClock();
    const items = [marker(40), marker(200.5), ramp(0, 160), gap(160, 160), ramp(320, 160), marker(900)];
    const times = await timed(replay(madeRecording(items), { speed: 2, clock, chunkSeconds: 1 }), clock);
    expect(times.slice(1).map(({ item, ms }) => [item.kind, Math.round(ms * 100) / 100])).toEqual([
      ["marker", 125],
      ["samples", 500],
      ["marker", 626.56],
      ["gap", 1000],
      ["samples", 1500],
      ["marker", 1500],
    ]);
  });

  test("a new segment goes on where the last one ended", async () => {
    const clock = madeClock();
    const info: Item = { kind: "info", stream: { ...madeInfo(80), segment: 1 } };
    const items = [ramp(0, 160), info, ramp(0, 160)];
    const times = await timed(replay(madeRecording(items), { speed: 1, clock, chunkSeconds: 9 }), clock);
    expect(times.map(({ ms }) => Math.round(ms))).toEqual([0, 1000, 1000, 3000]);
  });

  test("ending early wakes a replay that waits", async () => {
    const recording = madeRecording([ramp(0, 1), gap(1, 1e9), ramp(1e9 + 1, 1)]);
    const iterator = replay(recording, { speed: 1, clock: systemClock })[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    const waiting = iterator.next(); // the gap of 72 days
    await iterator.return!();
    expect((await waiting).done).toBe(true);
  });

  test("the system's clock keeps time", async () => {
    const { signal } = new AbortController();
    const before = systemClock.now();
    await systemClock.sleep(20, signal);
    expect(systemClock.now() - before).toBeGreaterThan(15);
    await systemClock.sleep(1e12, AbortSignal.abort());
  });
});

test("options out of range are refused when the replay is made", () => {
  const recording = madeRecording([]);
  expect(() => replay(recording, { speed: 0 })).toThrow(
    new RangeError('speed: expected "max" or a number above 0, got 0'),
  );
  expect(() => replay(recording, { speed: Infinity })).toThrow(RangeError);
  expect(() => replay(recording, { speed: NaN })).toThrow(RangeError);
  expect(() => replay(recording, { chunkSeconds: -1 })).toThrow(
    new RangeError("chunkSeconds: expected a number above 0, got -1"),
  );
});

describeWith(eegmmidb("S001R01"), "a file of EEGMMIDB", (path) => {
  /** A file that tells how often it was opened and closed. */
  const counted = (): { open: () => ReturnType<typeof fileSource>; opened: number; closed: number } => {
    const count = {
      opened: 0,
      closed: 0,
      open: async () => {
        const file = await fileSource(path);
        count.opened++;
        return { ...file, close: () => (count.closed++, file.close()) };
      },
    };
    return count;
  };

  test("by path, by Blob and by opened bytes the items are the same", async () => {
    const options = { chunkSeconds: 0.25 };
    const items = replayPath(path, options);
    const digest = await digestOf(items);
    expect(await digestOf(items)).toBe(digest); // opened anew
    const file = await fileSource(path);
    expect(await digestOf(replay(file, options))).toBe(digest);
    expect(await digestOf(replay(file, options))).toBe(digest); // still its owner's
    await file.close();
    const blob = new File([readFileSync(path)], path);
    expect(await digestOf(replay(blob, options))).toBe(digest);
  });

  test("what a replay opened it closes, at the end and when ended early", async () => {
    const file = counted();
    await all(replay(file.open));
    expect(file).toMatchObject({ opened: 1, closed: 1 });
    for await (const item of replay(file.open, { speed: 1000 })) if (item.kind === "samples") break;
    expect(file).toMatchObject({ opened: 2, closed: 2 });
    await firstValueFrom(from(replay(file.open)).pipe(take(2), toArray()));
    await new Promise((resolve) => setTimeout(resolve, 20)); // RxJS does not wait for it
    expect(file).toMatchObject({ opened: 3, closed: 3 });
    await expect(all(replay(file.open, { stream: 7 }))).rejects.toThrow(RangeError);
    expect(file).toMatchObject({ opened: 4, closed: 4 });
  });
});

describeWith(sharedData("recordings/formats/edf/made_edfplusd_gaps.edf"), "a file with gaps", (path) => {
  test("paced, its gaps last as long as they did", async () => {
    const clock = madeClock();
    const times = await timed(replayPath(path, { speed: 1, clock }), clock);
    const gaps = times.filter(({ item }) => item.kind === "gap");
    expect(gaps.length).toBeGreaterThan(0);
    const [first] = times;
    if (first?.item.kind !== "info") throw new Error("a stream begins with its info");
    const { num, den } = first.item.stream.sfreq;
    for (const { item, ms } of gaps)
      if (item.kind === "gap") expect(ms).toBeCloseTo(((item.start + item.nSamples) * den * 1000) / num, 6);
  });
});

test("a path that does not exist fails while iterating", async () => {
  await expect(all(replayPath("/nowhere/x.edf"))).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
});
