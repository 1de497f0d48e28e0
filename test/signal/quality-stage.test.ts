import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { through } from "../../src/eeg/stage.ts";
import type { Item } from "../../src/eeg/item.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import { openFile } from "../../src/formats/open.node.ts";
import { createQualityJudge, type ChannelVerdict } from "../../src/signal/quality-judge.ts";
import { qualityStage, type QualityWindow } from "../../src/signal/quality-stage.ts";
import { golden } from "../npy.ts";
import { eegmmidb } from "../shared-data.ts";
import { itemsOf, run, streamOf, type Signal } from "./streams.ts";

interface Found {
  readonly deviation: readonly number[];
  readonly noisy: readonly number[];
  readonly uncorrelated: readonly number[];
}

type Numbers = readonly (number | null)[];

interface Golden {
  readonly windows: readonly {
    readonly start: number;
    readonly flat: readonly boolean[];
    readonly amplitude: Numbers;
    readonly noisiness: Numbers;
    readonly correlation: Numbers;
    readonly mains: Numbers;
  }[];
  readonly verdicts: {
    readonly amplitudeZ: Numbers;
    readonly noisinessZ: Numbers;
    readonly uncorrelated: Numbers;
  };
  readonly prep: Found;
}

const json = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../golden/quality/${name}.json`, import.meta.url), "utf8"));

const labels = Array.from({ length: 16 }, (_, c) => `E${c}`);

function windowsOf(items: readonly Item[], input: StreamInfo): QualityWindow[] {
  const out = run(qualityStage(), input, items as never);
  return out.filter((item) => item.kind === "quality");
}

function judge(windows: readonly QualityWindow[], input: StreamInfo): readonly ChannelVerdict[] {
  const judged = createQualityJudge(input.channels);
  for (const window of windows) judged.push(window);
  return judged.verdicts();
}

const having = (verdicts: readonly ChannelVerdict[], fault: string): number[] =>
  verdicts.flatMap(({ faults }, c) => ((faults as readonly string[]).includes(fault) ? [c] : []));

describe("a made recording", () => {
  const { data } = golden("quality/made.npy");
  const expected = json("made") as Golden;
  const input = streamOf(labels, 200);
  const nSamples = data.length / labels.length;
  const windows = windowsOf([{ kind: "samples", start: 0, data: data as Float32Array, nSamples }], input);

  test("each window is measured as NumPy and SciPy do it", () => {
    expect(windows.map(({ start }) => start)).toEqual(expected.windows.map(({ start }) => start));
    const close = (found: number, wanted: number | null): void => {
      if (wanted === null) expect(found).toBeNaN();
      else expect(Math.abs(found - wanted)).toBeLessThan(1e-5 * Math.max(1, Math.abs(wanted)));
    };
    for (const [w, { flat, amplitude, noisiness, correlation, mains }] of expected.windows.entries())
      windows[w]!.channels.forEach((found, c) => {
        expect(found!.flat).toBe(flat[c]);
        close(found!.amplitude, amplitude[c]!);
        close(found!.noisiness, noisiness[c]!);
        close(found!.correlation, correlation[c]!);
        close(found!.mains, mains[c]!);
      });
  });

  test("the channels are judged by PREP's robust z and its share of bad windows", () => {
    const verdicts = judge(windows.slice(1), input);
    verdicts.forEach((verdict, c) => {
      expect(verdict.amplitudeZ).toBeCloseTo(expected.verdicts.amplitudeZ[c]!, 4);
      expect(verdict.noisinessZ).toBeCloseTo(expected.verdicts.noisinessZ[c]!, 4);
      expect(verdict.uncorrelated - verdict.flat).toBeCloseTo(expected.verdicts.uncorrelated[c]!, 10);
    });
  });

  test("what was made faulty is found, by what it is, and nothing else; PREP finds the same", () => {
    const verdicts = judge(windows, input);
    expect(
      verdicts.flatMap(({ label, faults }) => (faults.length > 0 ? [`${label} ${faults.join(" ")}`] : [])),
    ).toEqual([
      "E1 deviation",
      "E3 deviation noisy",
      "E5 uncorrelated",
      "E7 deviation noisy mains",
      "E9 saturated",
      "E11 flat",
    ]);
    for (const fault of ["deviation", "noisy"] as const)
      expect(having(verdicts, fault)).toEqual(expected.prep[fault]);
    expect(expected.prep.uncorrelated).toEqual(expect.arrayContaining(having(verdicts, "uncorrelated")));
  });
});

test("a channel that was away is missing, and the others are measured without it", () => {
  const input = streamOf(["Fz", "Cz", "Pz"]);
  const gone: Signal = (c, i) => (c === 1 && i >= 400 && i < 500 ? NaN : c + Math.sin(i * (0.2 + c)));
  const windows = windowsOf(itemsOf(3, [{ kind: "samples", nSamples: 960 }], gone), input);
  const missing = windows.map(({ start, channels }) => [start, channels[1]!.missing > 0]);
  expect(missing).toEqual([
    [160, false],
    [320, true],
    [480, true],
    [640, true], // its filters settle
    [800, false],
  ]);
  expect(windows.every(({ channels }) => channels[0]!.missing === 0)).toBe(true);
});

test("numbers at the amplifier's limits are saturated, where they stay there for two samples", () => {
  const input = streamOf(["Cz"]);
  const wave: Signal = (_, i) => Math.max(-80, Math.min(80, 81 * Math.sin(i / 7) + 0.01 * (i % 13)));
  const items = itemsOf(1, [{ kind: "samples", nSamples: 480 }], wave);
  const stage = qualityStage({ limits: [[-80, 80]] });
  const found = run(stage, input, items).flatMap((item) => (item.kind === "quality" ? [item] : []));
  expect(found[0]!.channels[0]!.saturated).toBeGreaterThan(0);
  expect(windowsOf(items, input)[0]!.channels[0]!.saturated).toBe(0);
});

test("fewer than eight channels say nothing of one another", () => {
  const input = streamOf(labels.slice(0, 7));
  const windows = windowsOf(itemsOf(7, [{ kind: "samples", nSamples: 1600 }]), input);
  expect(judge(windows, input).every(({ faults }) => faults.length === 0)).toBe(true);
  const more = streamOf(labels.slice(0, 8));
  const noise = windowsOf(itemsOf(8, [{ kind: "samples", nSamples: 1600 }]), more);
  expect(having(judge(noise, more), "uncorrelated")).toHaveLength(8);
});

test("a window has to have a length", () => {
  expect(() => qualityStage({ seconds: 0 })).toThrow("quality: expected windows longer than 0 s, got 0");
});

const files = Object.entries(json("eegmmidb") as Record<string, Found>).flatMap(([name, prep]) => {
  const path = eegmmidb(name);
  return path === null ? [] : [{ path, prep }];
});

(files.length > 0 ? test : test.skip)(
  "real recordings: what PREP finds in the whole is found in the stream",
  async () => {
    const score = { both: 0, prep: 0, stream: 0 };
    for (const { path, prep } of files.filter((_, i) => i % 10 === 4)) {
      const recording = await openFile(path);
      const input = recording.streams[0]!;
      const judged = createQualityJudge(input.channels);
      for await (const item of through(recording.items(), qualityStage()))
        if (item.kind === "quality") judged.push(item);
      await recording.close();
      const verdicts = judged.verdicts();
      for (const fault of ["deviation", "noisy", "uncorrelated"] as const) {
        const found = having(verdicts, fault);
        score.prep += prep[fault].length;
        score.stream += found.length;
        score.both += found.filter((c) => prep[fault].includes(c)).length;
      }
    }
    // The filters differ, and whole recordings' quartiles from the median of seconds'; by far the most agree.
    expect(score.both / score.prep).toBeGreaterThan(0.75);
    expect(score.both / score.stream).toBeGreaterThan(0.75);
  },
);
