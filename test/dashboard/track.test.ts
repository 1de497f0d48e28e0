import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createFilteredSamples } from "../../src/dashboard/filtered-samples.ts";
import { createSampleRing } from "../../src/dashboard/sample-ring.ts";
import { createTrack } from "../../src/dashboard/track.ts";
import type { Gap, Samples } from "../../src/eeg/item.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import { highpassStage } from "../../src/signal/filters.ts";

function info(segment = 0, labels: readonly string[] = ["a", "b"]): StreamInfo {
  return {
    name: "made",
    sourceId: "made",
    segment,
    channels: labels.map((label) => ({ label, unit: "µV", type: "eeg", position: null, reference: null })),
    sfreq: sfreq(100),
    t0: null,
    filters: [],
    delaySamples: 0,
    settleSamples: 0,
  };
}

/** Values name their origin: 1000 * channel + sample. */
function ramp(start: number, nSamples: number): Samples {
  const data = new Float32Array(2 * nSamples);
  for (let c = 0; c < 2; c++)
    for (let i = 0; i < nSamples; i++) data[c * nSamples + i] = 1000 * c + start + i;
  return { kind: "samples", start, data, nSamples };
}

const gap = (start: number, nSamples: number, reason: Gap["reason"] = "lost"): Gap => ({
  kind: "gap",
  start,
  nSamples,
  reason,
});
const roomy = { seconds: 10, limit: 1e6 };

function values({ samples, begin, end }: ReturnType<typeof createTrack>, channel: number): number[] {
  const out = new Float32Array(end - begin);
  samples.read(channel, begin, out);
  return [...out];
}

test("a ring holds the latest samples however they were cut", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      const ring = createSampleRing(2, 25);
      let end = 0;
      for (const n of sizes) {
        ring.write(end, ramp(end, n).data, n);
        end += n;
      }
      const from = Math.max(0, end - 25);
      const out = new Float32Array(end - from);
      ring.read(1, from, out);
      expect([...out]).toEqual(Array.from(out, (_, i) => 1000 + from + i));
    }),
  );
});

describe("a track", () => {
  test("goes on through gaps and segments on one grid", () => {
    const track = createTrack(info(), roomy);
    track.push(ramp(0, 3));
    track.push(gap(3, 2));
    track.push(ramp(5, 1));
    expect(track.segment({ kind: "info", stream: info(1) })).toBe(true);
    track.push(ramp(0, 2));
    expect(values(track, 0)).toEqual([0, 1, 2, NaN, NaN, 5, 0, 1]);
    expect(track.holes).toEqual([{ from: 3, to: 5, reason: "lost" }]);
    expect(track.cuts.map(({ at, segment, sample }) => [at, segment, sample])).toEqual([
      [0, 0, 0],
      [6, 1, 0],
    ]);
    expect(track.indexOf(0, 4.5)).toBe(4.5);
    expect(track.indexOf(1, 1)).toBe(7);
    expect(track.indexOf(2, 1)).toBeNull();
  });

  test("begins where somebody came in, not with a gap", () => {
    const track = createTrack(info(), roomy);
    track.push(gap(0, 500, "edge"));
    track.push(ramp(500, 2));
    expect(values(track, 0)).toEqual([500, 501]);
    expect(track.secondsAt(0)).toBe(5);
    expect(track.indexOf(0, 501)).toBe(1);
  });

  test("knows the place of what is told before its samples came", () => {
    const track = createTrack(info(), roomy);
    track.push(ramp(0, 4));
    track.segment({ kind: "info", stream: info(1) });
    expect(track.indexOf(1, 2)).toBe(6);
  });

  test("takes the recording's time from where it is told to be", () => {
    const track = createTrack(info(), roomy);
    track.anchor(60);
    track.push(ramp(0, 100));
    expect(track.secondsAt(100)).toBe(61);
    track.anchor(12);
    track.segment({ kind: "info", stream: info(1) });
    track.push(ramp(0, 50));
    expect(track.secondsAt(150)).toBe(12.5);
    expect(track.secondsAt(50)).toBe(60.5);
    track.anchor(20); // told late, in the middle of the segment
    track.push(ramp(50, 10));
    expect(track.secondsAt(150)).toBe(20);
  });

  test("goes on with the time where a recording goes on in another segment", () => {
    const track = createTrack(info(), roomy);
    track.push(ramp(0, 100));
    track.segment({ kind: "info", stream: info(1) });
    track.push(ramp(0, 100));
    expect(track.secondsAt(200)).toBe(2);
  });

  test("is another for another set of channels", () => {
    const track = createTrack(info(), roomy);
    expect(track.segment({ kind: "info", stream: info(1, ["a", "c"]) })).toBe(false);
    expect(track.segment({ kind: "info", stream: { ...info(1), sfreq: sfreq(200) } })).toBe(false);
  });

  test("forgets what is no longer in view, in samples and in events", () => {
    const track = createTrack(info(), { seconds: 1, limit: 1e6 });
    for (let segment = 0; segment < 200; segment++) {
      track.segment({ kind: "info", stream: info(segment) });
      track.push(ramp(0, 7));
      track.push(gap(7, 3));
    }
    expect(track.samples.capacity).toBe(100);
    expect(track.end).toBe(2000);
    expect(track.begin).toBe(1900);
    expect(track.cuts.length).toBeLessThanOrEqual(11);
    expect(track.holes.length).toBeLessThanOrEqual(11);
    expect(values(track, 1).slice(-4)).toEqual([1006, NaN, NaN, NaN]);
  });

  test("holds no more numbers than it may", () => {
    expect(createTrack(info(), { seconds: 1e6, limit: 1000 }).samples.capacity).toBe(500);
  });
});

describe("filtered samples", () => {
  const filter = highpassStage({ lowHz: 1, order: 2 });
  const items: readonly (Samples | Gap)[] = [ramp(0, 130), gap(130, 20), ramp(150, 77), ramp(227, 100)];

  function read(samples: ReturnType<typeof createSampleRing>, n: number): number[] {
    const out = new Float32Array(n);
    samples.read(1, 0, out);
    return [...out];
  }

  test("of the past are those that a filter from the start gives", () => {
    let following: ReturnType<typeof createFilteredSamples> | null = null;
    const track = createTrack(info(), { ...roomy, stored: (at, item) => following?.store(at, item) });
    following = createFilteredSamples(track, filter);
    for (const item of items) track.push(item);
    const late = createFilteredSamples(track, filter);
    expect(read(late.samples, track.end)).toEqual(read(following.samples, track.end));
    expect(read(late.samples, track.end).slice(130, 150)).toEqual(new Array(20).fill(NaN));
  });

  test("begin anew with a segment", () => {
    let following: ReturnType<typeof createFilteredSamples> | null = null;
    const track = createTrack(info(), { ...roomy, stored: (at, item) => following?.store(at, item) });
    following = createFilteredSamples(track, filter);
    track.push(ramp(0, 100));
    track.segment({ kind: "info", stream: info(1) });
    track.push(ramp(0, 100));
    const all = read(following.samples, 200);
    expect(all.slice(100)).toEqual(all.slice(0, 100));
  });
});
