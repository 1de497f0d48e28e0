import { describe, expect, test } from "@jest/globals";
import { colourRamp } from "../../src/dashboard/colour-ramp.ts";
import { createDecisionLog, runsOf, type PlacedDecision } from "../../src/dashboard/decision-log.ts";
import { createEventLog } from "../../src/dashboard/event-log.ts";
import type { FeedDecision } from "../../src/dashboard/feed.ts";
import { createLatencyLog, latencyEdges } from "../../src/dashboard/latency-log.ts";
import { createPlayhead } from "../../src/dashboard/playhead.ts";
import { interpolate, scalpGrid } from "../../src/dashboard/scalp-grid.ts";
import { median, nextScale, scaleFor, spread } from "../../src/dashboard/scale-steps.ts";
import { bandPower, bands, channelGroups, createSpectra, meanPower } from "../../src/dashboard/spectra.ts";
import { clockText, tickSeconds } from "../../src/dashboard/times.ts";
import { createTrack } from "../../src/dashboard/track.ts";
import { lossSentence } from "../../src/dashboard/words.ts";
import { electrode } from "../../src/eeg/electrodes.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";

describe("the playhead", () => {
  /** Bursts of 50 ms at 100 Hz, frames at 60 a second. */
  function play(frames: number, comes: (ms: number) => number): number[] {
    const head = createPlayhead(100);
    return Array.from({ length: frames }, (_, i) => head.step((i * 1000) / 60, comes((i * 1000) / 60)));
  }
  const bursts = (ms: number): number => Math.floor(ms / 50) * 5;

  test("glides behind bursts: every step is about the same, and it never shows what has not come", () => {
    const places = play(600, bursts);
    const steps = places.slice(301).map((place, i) => place - places[300 + i]!);
    for (const step of steps) expect(step).toBeCloseTo(100 / 60, 0);
    expect(Math.max(...steps)).toBeLessThan(2.6);
    expect(Math.min(...steps)).toBeGreaterThan(0.8);
    places.forEach((place, i) => expect(place).toBeLessThanOrEqual(bursts((i * 1000) / 60)));
    expect(bursts(9983) - places.at(-1)!).toBeLessThan(30);
  });

  test("comes to the end when nothing more comes, and never goes back", () => {
    const places = play(400, (ms) => Math.min(200, bursts(ms)));
    expect(places.at(-1)).toBeCloseTo(200, 0);
    for (let i = 1; i < places.length; i++) expect(places[i]).toBeGreaterThanOrEqual(places[i - 1]!);
  });

  test("jumps over what is far, and keeps up with any speed", () => {
    const places = play(300, (ms) => 5000 + bursts(ms) * 8);
    expect(places[0]).toBeGreaterThan(4900);
    expect(5000 + bursts(4983) * 8 - places.at(-1)!).toBeLessThan(240);
  });
});

describe("scales", () => {
  test("step up and down and fit a signal", () => {
    expect(nextScale(50, 1)).toBe(70);
    expect(nextScale(50, -1)).toBe(30);
    expect(nextScale(1, -1)).toBe(1);
    expect(scaleFor(20)).toBe(70);
    expect(scaleFor(NaN)).toBe(50);
  });

  test("leave out what is missing", () => {
    expect(spread(Float32Array.of(1, NaN, 3))).toEqual({ mean: 2, deviation: 1 });
    expect(median([3, NaN, 1, 2])).toBe(2);
    expect(median([NaN])).toBeNaN();
  });
});

test("times read as clocks do", () => {
  expect(clockText(7.31, 1)).toBe("0:07.3");
  expect(clockText(59.96, 1)).toBe("0:59.9");
  expect(clockText(750)).toBe("12:30");
  expect(clockText(3723)).toBe("1:02:03");
  expect(clockText(-3)).toBe("−0:03");
  expect(clockText(NaN)).toBe("–:––");
  expect([2, 10, 30, 120].map(tickSeconds)).toEqual([0.5, 1, 5, 15]);
});

function info(labels: readonly string[]): StreamInfo {
  const channels = labels.map((label) => ({
    label,
    unit: "µV",
    type: "eeg" as const,
    position: electrode(label)?.position ?? null,
    reference: null,
  }));
  const none = { t0: null, filters: [], delaySamples: 0, settleSamples: 0 };
  return { name: "made", sourceId: "made", segment: 0, channels, sfreq: sfreq(128), ...none };
}

/** Ten seconds of 10 Hz on one channel, of 20 Hz on the next, and so on, none on the last. */
function tones(labels: readonly string[]): ReturnType<typeof createTrack> {
  const stream = info(labels);
  const track = createTrack(stream, { seconds: 20, limit: 1e6 });
  const n = 1280;
  const data = new Float32Array(labels.length * n);
  for (let c = 0; c < labels.length - 1; c++)
    for (let i = 0; i < n; i++) data[c * n + i] = 10 * Math.sin((2 * Math.PI * 10 * (c + 1) * i) / 128);
  track.push({ kind: "samples", start: 0, data, nSamples: n });
  return track;
}

describe("spectra", () => {
  const none: ReadonlySet<number> = new Set();
  const [, , alpha, beta] = bands;

  test("show a tone where it is, computed in parts", () => {
    const track = tones(["O1-A1", "O2-A1", "Cz-A1"].map((label) => label.slice(0, 2)));
    const spectra = createSpectra(track);
    let steps = 0;
    while (spectra.round === 0 && steps++ < 10) spectra.step(1, none);
    expect(steps).toBe(3);
    const power = (c: number, band = alpha!): number =>
      bandPower(spectra.frequencies, spectra.power(c)!, band);
    // against the average of three, a sine of 10 µV (50 µV²) keeps two thirds of itself
    expect(power(0)).toBeCloseTo(50 * (2 / 3) ** 2, 0);
    expect(power(0, beta)).toBeCloseTo(50 * (1 / 3) ** 2, 0);
    expect(power(1, beta)).toBeCloseTo(50 * (2 / 3) ** 2, 0);
    expect(spectra.isAveraged).toBe(true);
  });

  test("leave bad channels out of the average and of the groups", () => {
    const track = tones(["O1", "O2", "Cz"]);
    const spectra = createSpectra(track);
    const bad = new Set([1]);
    spectra.step(3, bad);
    expect(bandPower(spectra.frequencies, spectra.power(0)!, beta!)).toBeLessThan(0.01);
    const [, occipital] = channelGroups(track.info.channels, spectra.channels);
    expect(occipital).toEqual({ region: "occipital", channels: [0, 1] });
    expect(meanPower(spectra, [0, 1], bad)).toEqual(spectra.power(0));
    expect(meanPower(spectra, [1], bad)).toBeNull();
  });

  test("leave out what is missing, and use what lies before it", () => {
    const track = tones(["O1", "O2", "Cz"]);
    track.push({ kind: "gap", start: 1280, nSamples: 10, reason: "lost" });
    track.push({ kind: "samples", start: 1290, data: new Float32Array(300), nSamples: 100 });
    const spectra = createSpectra(track);
    spectra.step(3, none);
    expect(bandPower(spectra.frequencies, spectra.power(0)!, alpha!)).toBeCloseTo(50 * (2 / 3) ** 2, 0);
  });

  test("have nothing to say of nothing, and look again only at something new", () => {
    const track = tones(["O1", "O2", "Cz"]);
    track.push({ kind: "gap", start: 1280, nSamples: 1280, reason: "lost" });
    const spectra = createSpectra(track);
    spectra.step(3, none);
    expect(spectra.power(0)).toBeNull();
    spectra.step(3, none);
    expect(spectra.round).toBe(1);
  });

  test("of electrodes without names are one group", () => {
    const { channels } = info(["E1", "E2"]);
    expect(channelGroups(channels, [0, 1])).toEqual([{ region: null, channels: [0, 1] }]);
    expect(channelGroups([], [])).toEqual([]);
  });
});

describe("the scalp map", () => {
  const positions = ["Fp1", "Fp2", "C3", "Cz", "C4", "O1", "O2"].map((label) => electrode(label)!.position);

  test("shows each electrode's own value where it lies, and a constant everywhere", () => {
    const grid = scalpGrid(positions, 41)!;
    const out = new Float64Array(grid.pixels.length);
    interpolate(
      grid,
      Float64Array.from(positions, () => 7),
      out,
    );
    for (const value of out) expect(value).toBeCloseTo(7, 6);
    const values = Float64Array.of(0, 0, 0, 1, 0, 0, 0);
    interpolate(grid, values, out);
    const centre = grid.pixels.indexOf(20 * 41 + 20); // Cz
    expect(out[centre]).toBeCloseTo(1, 1); // splines are smoothed a little
  });

  test("has the nose up and the right ear on the right", () => {
    const [fp1, fp2, , , c4] = scalpGrid(positions, 8)!.electrodes;
    expect(fp1![1]).toBeLessThan(-0.8);
    expect(fp2![0]).toBeGreaterThan(0);
    expect(c4![0]).toBeGreaterThan(0.3);
  });

  test("needs four electrodes in four places", () => {
    expect(scalpGrid(positions.slice(0, 3), 8)).toBeNull();
    expect(scalpGrid([...positions, positions[0]!], 8)).toBeNull();
  });

  test("grows lighter with every step", () => {
    const light = (i: number): number =>
      0.2126 * colourRamp[4 * i]! + 0.7152 * colourRamp[4 * i + 1]! + 0.0722 * colourRamp[4 * i + 2]!;
    for (let i = 8; i < 256; i += 8) expect(light(i)).toBeGreaterThan(light(i - 8));
  });
});

describe("latencies", () => {
  test("fall into logarithmic bins; what is beyond counts to the last", () => {
    const log = createLatencyLog(100);
    for (const ms of [0.01, 1, 1.1, 99999]) log.push(ms);
    const bins = log.histogram();
    expect(bins[0]).toBe(1);
    expect(bins[8]).toBe(2);
    expect(latencyEdges[8]).toBeCloseTo(1, 12);
    expect(bins.at(-1)).toBe(1);
  });

  test("are those of the last only", () => {
    const log = createLatencyLog(4);
    expect(log.quantiles([0.5])).toBeNull();
    for (let i = 1; i <= 10; i++) log.push(i);
    expect(log.quantiles([0, 0.5, 0.99])).toEqual([7, 9, 10]);
    expect(log.count).toBe(10);
  });
});

function decision(at: number, label: string | null): PlacedDecision {
  const made: FeedDecision = {
    kind: "decision",
    sample: at,
    time: at / 100,
    label,
    probability: label === null ? null : 0.9,
    probabilities: null,
    abstained: label === null,
    reasons: label === null ? ["settling"] : [],
    segment: 0,
    latencyMs: 1,
  };
  return { at, decision: made };
}

describe("decisions", () => {
  test("are kept up to a number, oldest first", () => {
    const log = createDecisionLog(10);
    for (let i = 0; i < 1000; i++) log.push(decision(i, "a"));
    expect(log.count).toBe(1000);
    expect(log.last!.at).toBe(999);
    expect(log.since(995).map(({ at }) => at)).toEqual([995, 996, 997, 998, 999]);
    expect(log.since(0).length).toBeLessThan(20);
  });

  test("make runs of one label or one reason, that end where decisions do", () => {
    const runs = runsOf(
      [decision(0, null), decision(10, null), decision(20, "a"), decision(30, "b"), decision(90, "b")],
      15,
    );
    expect(runs).toEqual([
      { from: 0, to: 20, label: null, reason: "settling" },
      { from: 20, to: 30, label: "a", reason: "" },
      { from: 30, to: 45, label: "b", reason: "" },
      { from: 90, to: 105, label: "b", reason: "" },
    ]);
  });
});

test("events of a kind in a row are one, and only so many are kept", () => {
  const log = createEventLog(3);
  for (let i = 0; i < 5; i++) log.push("marker", "go");
  expect(log.events).toMatchObject([{ text: "go", times: 5 }]);
  for (const text of ["a", "b", "c"]) log.push("loss", text);
  expect(log.events.map(({ text }) => text)).toEqual(["c", "b", "a"]);
  expect(log.loss?.text).toBe("c");
});

test("losses are told in sentences", () => {
  const loss = {
    what: "samples",
    reason: "slow",
    segment: 0,
    messages: 2,
    ranges: [{ start: 0, nSamples: 50 }],
  } as const;
  expect(lossSentence(loss, 100)).toBe("Not received: 0.5 s of samples; this page read too slowly");
  expect(lossSentence({ ...loss, what: "decisions", ranges: [] }, 100)).toBe(
    "Not received: 2 decisions; this page read too slowly",
  );
  expect(lossSentence({ ...loss, reason: "restarted" }, 100)).toMatch(/^What came before the restart/);
});
