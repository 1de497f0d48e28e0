import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Gap, Samples } from "../../src/eeg/item.ts";
import { createQualityJudge } from "../../src/signal/quality-judge.ts";
import { qualityStage, type QualityWindow } from "../../src/signal/quality-stage.ts";
import { createRunningQuality, type RunningVerdicts } from "../../src/signal/running-quality.ts";
import { itemsOf, noise, recut, run, streamOf, stretch, type Part, type Signal } from "./streams.ts";

const labels = ["Fz", "Cz", "Pz", "O1", "O2", "P3", "P4", "T7", "T8"];
const hz = 128;
const input = streamOf(labels, hz);
const channels = labels.map((_, c) => c);

/** Good at first; the fourth channel is flat from 12 s on, the second away for a moment. */
const signal: Signal = (c, i) =>
  c === 3 && i >= 12 * hz
    ? 5
    : c === 1 && i >= 20 * hz && i < 20.5 * hz
      ? NaN
      : 0.2 * noise(c, i) + noise(20, i);

/** What filters settle on: no stretch that begins later before a window holds it. */
const lead = [...Array(2 * hz).keys()].find((n) => measured(4 * hz - n)[0]?.start === 4 * hz)!;

function judged(items: readonly (Samples | Gap)[]): RunningVerdicts[] {
  const look = createRunningQuality(input, channels);
  return items.flatMap((item) => look(item));
}

const madeOf = (parts: readonly Part[]) => itemsOf(labels.length, parts, signal) as (Samples | Gap)[];
const parts: readonly Part[] = [
  { kind: "samples", nSamples: 30 * hz },
  { kind: "gap", nSamples: 5 },
  { kind: "samples", nSamples: 9 * hz },
  { kind: "gap", nSamples: 3 * hz },
  { kind: "samples", nSamples: 9 * hz },
];

describe("what is said of channels as a stream goes on", () => {
  test("counts a second after each window of four, and is PREP's over the last five", () => {
    const found = judged(madeOf([{ kind: "samples", nSamples: 31 * hz }]));
    expect(found.map(({ sample }) => sample / hz)).toEqual([6, 10, 14, 18, 22, 26, 30]);
    const judge = createQualityJudge(input.channels, { last: 5 });
    for (const { sample, verdicts } of found) {
      judge.push(windowAt(sample - 2 * hz));
      expect(verdicts).toEqual(judge.verdicts());
    }
    const flat = found.filter(({ verdicts }) => verdicts[3]!.faults.includes("flat"));
    expect(flat.map(({ sample }) => sample / hz)).toEqual([14, 18, 22, 26, 30]);
  });

  test("does not depend on how the stream was cut, gaps and all", () => {
    const items = madeOf(parts);
    const whole = judged(items);
    expect(whole.length).toBeGreaterThan(8);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        expect(judged(recut(items, sizes) as (Samples | Gap)[])).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  test("a stream without EEG is not looked at", () => {
    const look = createRunningQuality(input, []);
    expect(look(stretch(labels.length, [0, 40 * hz]))).toEqual([]);
  });
});

/** The same window as a stage finds it in a stretch that begins where its filters have to. */
function windowAt(start: number): QualityWindow {
  return measured(start - lead)[0]!;
}

function measured(from: number): QualityWindow[] {
  const gap: Gap = { kind: "gap", start: 0, nSamples: from, reason: "lost" };
  const rest = stretch(labels.length, [from, from + 3 * hz], signal);
  return run(qualityStage(), input, [gap, rest]).filter((item) => item.kind === "quality");
}
