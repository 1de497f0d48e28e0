import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { calibrateWindows } from "../../src/decode/calibrate-windows.ts";
import { formatCalibration, parseCalibration, type WindowCalibration } from "../../src/decode/calibration.ts";
import { decode } from "../../src/decode/decode.ts";
import type { DecodeOptions } from "../../src/decode/stream-decoder.ts";
import type { Decision } from "../../src/eeg/decision.ts";
import { electrode } from "../../src/eeg/electrodes.ts";
import { EegError } from "../../src/eeg/errors.ts";
import type { Item, Samples } from "../../src/eeg/item.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import type { WindowModel } from "../../src/model/window-model.ts";
import { bandpassStage } from "../../src/signal/filters.ts";
import { splineWeights } from "../../src/signal/splines.ts";
import { labels, noise, streamInfo } from "../tokens/signals.ts";
import { all, source, type SourceOptions } from "./streams.ts";
import { windowModel, type WindowModelOptions } from "./window-model.ts";

const hz = 100;
const length = 100; // samples in a window of the model
const c3 = labels.indexOf("C3");
const c4 = labels.indexOf("C4");

/** Decisions, and the windows that the graph was given. */
async function decoded(
  items: readonly Item[],
  model: WindowModelOptions = {},
  options: SourceOptions & DecodeOptions = {},
): Promise<{ decisions: Decision[]; windows: Float32Array[] }> {
  const windows: Float32Array[] = [];
  const run = (window: Float32Array): Float32Array => {
    windows.push(window.slice());
    return model.run?.(window) ?? Float32Array.of(0, 1);
  };
  const stream = source(items, { hz, ...options });
  const decisions = await all(decode(stream, windowModel({ ...model, run }), { clock: "none", ...options }));
  return { decisions, windows };
}

/** What the model should be given of the samples that end at `end`: its channels in its order. */
function rows(item: Samples, end: number, channels = [c4, c3]): number[] {
  return channels.flatMap((c) => [
    ...item.data.subarray(c * item.nSamples + end - length, c * item.nSamples + end),
  ]);
}

const maximum = (a: Float32Array, b: readonly number[]): number =>
  Math.max(...b.map((value, i) => Math.abs(value - a[i]!)));

const mean = (x: readonly number[]): number => x.reduce((sum, v) => sum + v, 0) / x.length;
const deviation = (x: readonly number[]): number =>
  Math.sqrt(mean(x.map((v) => (v - mean(x)) * (v - mean(x)))));

describe("windows of a model from elsewhere", () => {
  const item = noise(labels.length, 250);

  test("end at whole multiples of the hop and hold the model's channels in its order", async () => {
    const { decisions, windows } = await decoded([item]);
    expect(decisions.map(({ sample }) => sample)).toEqual(Array.from({ length: 25 }, (_, i) => 10 * (i + 1)));
    expect(decisions.slice(0, 9).every(({ reasons }) => reasons.join() === "settling")).toBe(true);
    expect(windows).toHaveLength(16);
    windows.forEach((window, i) => expect([...window]).toEqual(rows(item, 100 + 10 * i)));
    expect(decisions[9]).toEqual({
      kind: "decision",
      sample: 100,
      time: 1,
      label: "b",
      probability: 0.7310585786300049,
      probabilities: { a: 0.2689414213699951, b: 0.7310585786300049 },
      abstained: false,
      reasons: [],
    });
  });

  test("come at another hop where one is asked for", async () => {
    const { decisions } = await decoded([item], {}, { hopSeconds: 0.5 });
    expect(decisions.map(({ sample }) => sample)).toEqual([50, 100, 150, 200, 250]);
    await expect(decoded([item], {}, { hopSeconds: 0.123456 })).rejects.toThrow(
      "hop: expected a whole number of samples at the model's 100 Hz, got 0.123456 s",
    );
  });

  test("are in the model's unit", async () => {
    const { windows } = await decoded([item], { input: { unit: "V" } });
    expect(
      maximum(
        windows[0]!,
        rows(item, 100).map((value) => value * 1e-6),
      ),
    ).toBeLessThan(1e-11);
  });

  test("are scaled by given numbers or their own", async () => {
    const wanted = rows(item, 100);
    const own = [wanted.slice(0, length), wanted.slice(length)];
    const scaled = async (
      normalisation: WindowModel["manifest"]["input"]["normalisation"],
      options: DecodeOptions = {},
    ): Promise<Float32Array> => (await decoded([item], { input: { normalisation } }, options)).windows[0]!;

    const fixed = await scaled({ way: "fixed", mean: [1, 2], deviation: [10, 20] });
    expect(
      maximum(
        fixed,
        wanted.map((v, i) => (i < length ? (v - 1) / 10 : (v - 2) / 20)),
      ),
    ).toBeLessThan(1e-6);
    const window = await scaled({ way: "window", over: "all" });
    expect(
      maximum(
        window,
        wanted.map((v) => (v - mean(wanted)) / deviation(wanted)),
      ),
    ).toBeLessThan(1e-6);
    const channel = await scaled({ way: "window", over: "channel" });
    expect(
      maximum(
        channel,
        own.flatMap((x) => x.map((v) => (v - mean(x)) / deviation(x))),
      ),
    ).toBeLessThan(1e-6);
  });

  test("are scaled by a person's own recording, and by none else's", async () => {
    const input = (over: "all" | "channel"): WindowModelOptions => ({
      input: { normalisation: { way: "calibration", over } },
    });
    const long = noise(labels.length, 3000, 5);
    for (let i = 0; i < 3000; i++) long.data[c3 * 3000 + i] = 5 * long.data[c3 * 3000 + i]! + 100;
    long.data.fill(NaN, c4 * 3000 + 1000, c4 * 3000 + 1005); // the tenth of a second that lacks C4 does not count
    const heard = [c4, c3].map((c) =>
      [...long.data.subarray(c * 3000, (c + 1) * 3000)].filter((_, i) => i < 1000 || i >= 1010),
    );
    const fit = async (over: "all" | "channel", state = "rest"): Promise<WindowCalibration> => {
      const calibration = await calibrateWindows(source([long], { hz }), windowModel(input(over)), {
        state,
        name: "r",
      });
      return parseCalibration(formatCalibration(calibration), "me.json") as WindowCalibration;
    };

    const each = await fit("channel");
    expect(each.recording.seconds).toBeCloseTo(29.9, 10);
    heard.forEach((x, c) => {
      expect(each.statistics.mean[c]).toBeCloseTo(mean(x), 8);
      expect(each.statistics.deviation[c]).toBeCloseTo(deviation(x), 8);
    });
    const { statistics } = await fit("all");
    expect(statistics.mean).toEqual([expect.closeTo(mean(heard.flat()), 8)]);
    expect(statistics.deviation).toEqual([expect.closeTo(deviation(heard.flat()), 8)]);

    const { windows } = await decoded([item], input("channel"), { calibration: each });
    const wanted = rows(item, 100).map((v, i) => {
      const c = i < length ? 0 : 1;
      return (v - each.statistics.mean[c]!) / each.statistics.deviation[c]!;
    });
    expect(maximum(windows[0]!, wanted)).toBeLessThan(1e-5);

    await expect(decoded([item], input("all"))).rejects.toThrow(
      "model windows scales by a person's own recording: brainwire calibrate makes a calibration of it",
    );
    await expect(decoded([item], input("all"), { calibration: each })).rejects.toThrow(
      "statistics: expected 1 means and deviations for model windows; calibrate anew",
    );
    const other = { ...each, model: { ...each.model, weights: "1".repeat(64) } };
    await expect(decoded([item], input("channel"), { calibration: other })).rejects.toThrow(
      "the calibration is of model windows 0.0.0 (weights 111111111111), not of windows 0.0.0 (000000000000)",
    );
    await expect(decoded([item], {}, { calibration: each })).rejects.toThrow(
      "model windows takes no calibration (it scales by: none); decode without",
    );
    const short = calibrateWindows(source([item], { hz }), windowModel(input("all")), {
      state: "rest",
      name: "r",
    });
    await expect(short).rejects.toThrow(
      "r: 2.5 s of rest are too few to calibrate on, at least 5 are needed",
    );
    const spans = [{ from: 5, to: 15 }];
    const part = await calibrateWindows(source([long], { hz }), windowModel(input("all")), {
      state: "rest",
      name: "r",
      spans,
      seconds: 6,
    });
    expect(part.recording.seconds).toBeCloseTo(5.9, 10); // from 5 to 11, without the tenth that lacks C4
  });

  test("are scaled by what came before only after the warm-up", async () => {
    const running = { way: "running", weight: 0.01, floor: 1e-4, warmUpSeconds: 2 } as const;
    const { decisions, windows } = await decoded([item], { input: { normalisation: running } });
    expect(decisions.filter(({ abstained }) => !abstained).map(({ sample }) => sample)).toEqual([
      200, 210, 220, 230, 240, 250,
    ]);
    expect(Math.max(...windows[0]!.map(Math.abs))).toBeLessThan(6);
  });

  test("touch no gap and no settling of filters after one", async () => {
    const filter = { kind: "bandpass", lowHz: 4, highHz: 30, order: 2 } as const;
    const items: Item[] = [
      noise(labels.length, 300),
      { kind: "gap", start: 300, nSamples: 55, reason: "lost" },
      { ...noise(labels.length, 400, 2), start: 355 },
    ];
    const { decisions } = await decoded(items, { input: { filters: [filter] } }, { hopSeconds: 0.1 });
    const runs = decisions.map(({ sample, reasons }) => `${sample} ${reasons.join()}`);
    const first = decisions.findIndex(({ abstained }) => !abstained);
    const settle = bandpassStage(filter)(streamInfo({ hz })).output.settleSamples;
    expect(settle).toBeGreaterThan(10);
    expect(decisions[first]!.sample).toBe(Math.ceil((settle + length) / 10) * 10);
    expect(runs.slice(0, first).every((text) => text.endsWith("settling"))).toBe(true);
    const after = decisions.filter(({ sample }) => sample > 300);
    const gap = after.filter(({ reasons }) => reasons.includes("gap"));
    expect([gap[0]!.sample, gap.at(-1)!.sample]).toEqual([310, 450]);
    const next = after.find(({ abstained }) => !abstained)!;
    expect(next.sample).toBe(Math.ceil((355 + settle + length) / 10) * 10);
  });

  test("whose channel is away or stands still are not decoded, and the filter settles after it came back", async () => {
    const broken = noise(labels.length, 600);
    broken.data.fill(NaN, c3 * 600 + 200, c3 * 600 + 210);
    const away = await decoded([broken]);
    const missing = away.decisions.filter(({ reasons }) => reasons.includes("channels-missing"));
    expect([missing[0]!.sample, missing.at(-1)!.sample]).toEqual([210, 300]);
    expect(missing.every(({ label }) => label === null)).toBe(true);
    expect(away.windows.every((window) => window.every(Number.isFinite))).toBe(true);

    const flat = noise(labels.length, 600);
    flat.data.fill(7, c4 * 600 + 200, c4 * 600 + 300); // flat from its 50th sample on
    const still = (await decoded([flat])).decisions.filter(({ reasons }) =>
      reasons.includes("channels-missing"),
    );
    expect([still[0]!.sample, still.at(-1)!.sample]).toEqual([250, 390]);

    const filter = { kind: "bandpass", lowHz: 4, highHz: 30, order: 2 } as const;
    const filtered = await decoded([broken], { input: { filters: [filter] } });
    const last = filtered.decisions.findLast(({ reasons }) => reasons.includes("channels-missing"))!;
    expect(last.sample).toBeGreaterThan(310);
  });

  test("have missing channels interpolated where the manifest allows it, and say so", async () => {
    const input = { channels: { order: ["C4", "C3", "FC3"], interpolateAtMost: 1 } };
    const { decisions, windows } = await decoded([item], { input });
    const from = labels.map((label) => electrode(label)!.position);
    const weights = splineWeights(
      // the model's own channels first, then the others
      [c4, c3, ...labels.keys()].filter((c, i, every) => every.indexOf(c) === i).map((c) => from[c]!),
      [electrode("FC3")!.position],
    );
    const order = [c4, c3, ...labels.keys()].filter((c, i, every) => every.indexOf(c) === i);
    const wanted = Array.from({ length }, (_, t) =>
      order.reduce((sum, c, i) => sum + weights[i]! * item.data[c * item.nSamples + t]!, 0),
    );
    expect(maximum(windows[0]!, [...rows(item, 100), ...wanted])).toBeLessThan(1e-4);
    expect(decisions.at(-1)).toMatchObject({ abstained: false, reasons: ["channels-missing"] });

    const broken = noise(labels.length, 250);
    broken.data.fill(NaN, c3 * 250 + 120, c3 * 250 + 130); // a second one away: too many
    const two = await decoded([broken], { input });
    expect(two.decisions.find(({ sample }) => sample === 130)).toMatchObject({ label: null });
    expect(two.decisions.find(({ sample }) => sample === 230)).toMatchObject({ label: "b" });
  });

  test("are referenced to the average of the model's channels", async () => {
    const { windows } = await decoded([item], { input: { reference: "average" } });
    const [x, y] = [rows(item, 100, [c4]), rows(item, 100, [c3])];
    const wanted = [...x.map((v, t) => (v - y[t]!) / 2), ...y.map((v, t) => (v - x[t]!) / 2)];
    expect(maximum(windows[0]!, wanted)).toBeLessThan(1e-5);
  });
});

describe("what a model from elsewhere gives", () => {
  const item = noise(labels.length, 100);

  test("that is no number is not handed on", async () => {
    const { decisions } = await decoded([item], { run: () => Float32Array.of(NaN, 1) });
    expect(decisions.at(-1)).toMatchObject({
      label: null,
      probabilities: null,
      reasons: ["out-of-distribution"],
    });
    const infinite = await decoded([item], { run: () => Float32Array.of(Infinity, 1) });
    expect(infinite.decisions.at(-1)).toMatchObject({ label: null, reasons: ["out-of-distribution"] });
  });

  test("may be probabilities, which are only made to add up", async () => {
    const run = (): Float32Array => Float32Array.of(3, 1);
    const { decisions } = await decoded([item], { run, output: { kind: "probabilities" } });
    expect(decisions.at(-1)).toMatchObject({ label: "a", probabilities: { a: 0.75, b: 0.25 } });
    const negative = await decoded([item], {
      run: () => Float32Array.of(-1, 2),
      output: { kind: "probabilities" },
    });
    expect(negative.decisions.at(-1)!.reasons).toEqual(["out-of-distribution"]);
  });

  test("is not enough where its probability is low", async () => {
    const { decisions } = await decoded([item], { output: { abstainBelow: 0.8 } });
    expect(decisions.at(-1)).toMatchObject({ label: null, reasons: ["low-confidence"] });
  });
});

interface Part {
  readonly kind: "samples" | "gap";
  readonly n: number;
  readonly missing: readonly number[];
}

const part: fc.Arbitrary<Part> = fc.record({
  kind: fc.constantFrom("samples", "samples", "gap"),
  n: fc.integer({ min: 1, max: 600 }),
  missing: fc.oneof(fc.constant([]), fc.uniqueArray(fc.nat(labels.length - 1), { maxLength: 5 })),
});

function itemsOf(parts: readonly Part[]): Item[] {
  let start = 0;
  return parts.map(({ kind, n, missing }, i): Item => {
    const at = start;
    start += n;
    if (kind === "gap") return { kind, start: at, nSamples: n, reason: "lost" };
    const item: Samples = { ...noise(labels.length, n, i + 1), start: at };
    for (const c of missing) item.data.fill(NaN, c * n + Math.floor(n / 3), c * n + Math.ceil((2 * n) / 3));
    return item;
  });
}

const inputs: fc.Arbitrary<Partial<WindowModel["manifest"]["input"]>> = fc.record({
  filters: fc.constantFrom([], [{ kind: "bandpass", lowHz: 4, highHz: 30, order: 2 }]),
  reference: fc.constantFrom("none", "average"),
  channels: fc.constantFrom(
    { order: ["C4", "C3"], interpolateAtMost: 0 },
    { order: ["C4", "FC3", "C3"], interpolateAtMost: 2 },
  ),
  normalisation: fc.constantFrom(
    { way: "none" },
    { way: "window", over: "all" },
    { way: "running", weight: 0.01, floor: 1e-4, warmUpSeconds: 1 },
  ),
});

test("whatever the stream: any cut gives the same decisions, each determined by its prefix and no shorter one", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        parts: fc.array(part, { minLength: 1, maxLength: 6 }),
        sizes: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
        rate: fc.constantFrom(100, 160, 250, 128),
        input: inputs,
        which: fc.nat(),
      }),
      async ({ parts, sizes, rate, input, which }) => {
        const items = itemsOf(parts);
        const model = windowModel({ input: input as WindowModel["manifest"]["input"] });
        const run = (stream: readonly Item[], options: SourceOptions = {}): Promise<Decision[]> =>
          all(decode(source(stream, { hz: rate, ...options }), model, { clock: "none" }));
        const whole = await run(items);
        expect(await run(items, { sizes })).toEqual(whole);
        const total = parts.reduce((sum, { n }) => sum + n, 0);
        whole.forEach(({ sample, abstained, reasons }, i) => {
          expect(sample).toBeLessThanOrEqual(total);
          if (abstained) expect(reasons.length).toBeGreaterThan(0);
          if (i > 0) expect(sample).toBeGreaterThan(whole[i - 1]!.sample);
        });
        if (whole.length === 0) return;
        const chosen = which % whole.length;
        const { sample } = whole[chosen]!;
        expect(await run(prefix(items, sample))).toEqual(whole.slice(0, chosen + 1));
        expect(await run(prefix(items, sample - 1))).toEqual(whole.slice(0, chosen));
      },
    ),
    { numRuns: 80 },
  );
});

/** The first `n` samples of a stream. */
function prefix(items: readonly Item[], n: number): Item[] {
  return items.flatMap((item): Item[] => {
    if (item.kind === "info" || item.kind === "marker") return [item];
    const kept = Math.min(item.nSamples, n - item.start);
    if (kept <= 0) return [];
    if (item.kind === "gap") return [{ ...item, nSamples: kept }];
    const data = new Float32Array(labels.length * kept);
    labels.forEach((_, c) =>
      data.set(item.data.subarray(c * item.nSamples, c * item.nSamples + kept), c * kept),
    );
    return [{ ...item, data, nSamples: kept }];
  });
}

describe("a recording that a model from elsewhere cannot take", () => {
  async function refusal(stream: StreamInfo, model: WindowModelOptions = {}, options: DecodeOptions = {}) {
    try {
      await all(decode([{ kind: "info", stream }], windowModel(model), options));
    } catch (error) {
      if (error instanceof EegError) return `${error.code}: ${error.message}`;
      throw error;
    }
    return "none";
  }
  const lacking = streamInfo({ labels: ["C3", "Cz", "Pz", "Fp1-F7"], hz });

  test("lacks a channel", async () => {
    expect(await refusal(lacking)).toBe(
      "CHANNEL_MISSING: noise: model windows needs C4, which the recording lacks (it has C3, Cz, Pz, Fp1-F7); its manifest allows no interpolation (input.channels.interpolateAtMost)",
    );
    const few = { input: { channels: { order: ["C4", "F3", "C3"], interpolateAtMost: 1 } } };
    expect(await refusal(lacking, few)).toBe(
      "CHANNEL_MISSING: noise: model windows needs C4, F3, which the recording lacks (it has C3, Cz, Pz, Fp1-F7); at most 1 can be interpolated",
    );
  });

  test("lacks one that is nowhere on the head, or has too few others", async () => {
    const nowhere = { input: { channels: { order: ["C3", "Fp2-F8"], interpolateAtMost: 1 } } };
    expect(await refusal(lacking, nowhere)).toBe(
      "CHANNEL_POSITION: noise: Fp2-F8 cannot be interpolated: no electrode of the 10-05 system is called so",
    );
    const alone = streamInfo({ labels: ["C3", "Cz"], hz });
    const two = { input: { channels: { order: ["C3", "C4"], interpolateAtMost: 1 } } };
    expect(await refusal(alone, two)).toBe(
      "CHANNEL_MISSING: noise: C4 cannot be interpolated from fewer than 3 electrodes",
    );
  });

  test("names its channels in another way, and is taken", async () => {
    expect(await refusal(streamInfo({ labels: ["EEG C3-REF", "c4."], hz }))).toBe("none");
    const derived = { input: { channels: { order: ["Fp1-F7", "C3"], interpolateAtMost: 0 } } };
    expect(await refusal(lacking, derived)).toBe("none");
  });

  test("is too slow for the model's band, or was filtered within it", async () => {
    const filters = [{ kind: "bandpass", lowHz: 1, highHz: 40, order: 2 } as const];
    expect(await refusal(streamInfo({ hz: 80 }), { input: { filters } })).toContain("SFREQ_UNSUPPORTED");
    const filtered: StreamInfo = {
      ...streamInfo({ hz }),
      filters: [{ kind: "bandpass", description: "band-pass 8-13 Hz", lowHz: 8, highHz: 13 }],
    };
    expect(await refusal(filtered, { input: { filters } })).toContain("STREAM_FILTERED");
    expect(await refusal(filtered, { input: { filters } }, { allowFiltered: true })).toBe("none");
    expect(await refusal(filtered)).toBe("none"); // it has no band of its own
  });

  test("is to run on an engine for tokens", async () => {
    expect(await refusal(streamInfo({ hz }), {}, { engine: "wasm" })).toBe(
      "ENGINE_UNAVAILABLE: model windows is an ONNX graph: it runs on the engine onnx, not on wasm",
    );
  });
});
