import { createRandom } from "../../src/eeg/random.ts";
import { createStampGrid } from "../../src/lsl/stamp-grid.ts";

/** A device that samples, and a program that stamps what comes from it and sends it on. */
export interface Sender {
  readonly saysHz: number;
  /** What its crystal makes of it. @default as it says */
  readonly isHz?: number;
  readonly seconds: number;
  /** What never reached the program: from when on, and how long, seconds. */
  readonly losses?: readonly { readonly at: number; readonly seconds: number }[];
  /** What a stamp is made of: when sample `k` was taken, `at` seconds after the first. */
  readonly stamp?: (at: number, k: number) => number;
  /** What the sender's clock really showed then, without jitter. @default the time itself */
  readonly shows?: (at: number) => number;
  /** Seconds from stamping to arrival. @default 2 ms */
  readonly delay?: (at: number, k: number) => number;
  /** Seconds between pulls. @default 0.01 */
  readonly pulls?: number;
  /** The sender is found again before the sample taken then. */
  readonly foundAt?: number;
}

/** Where each sample that arrived belongs, by the device's own count, and where it was put. */
export interface Run {
  readonly truth: readonly number[];
  readonly places: readonly number[];
  /** How many samples later than it came each was taken at most, in seconds of the stream. */
  readonly longestHold: number;
  readonly segments: number;
  readonly gaps: readonly { readonly start: number; readonly nSamples: number }[];
  /** Largest error of the time told of a sample when it was taken, beside their mean, in the last half; seconds. */
  readonly worstTime: number;
  readonly driftPpm: number;
}

export function run(sender: Sender): Run {
  const { saysHz, isHz = saysHz, seconds, losses = [], delay = () => 0.002, pulls = 0.01 } = sender;
  const { stamp: stampOf = (at: number) => at, shows = (at: number) => at } = sender;
  const grid = createStampGrid(1 / saysHz);
  const arrived: { k: number; stamp: number; at: number; true: number }[] = [];
  let latest = 0;
  for (let k = 0; k / isHz < seconds; k++) {
    const at = k / isHz;
    if (losses.some((loss) => at >= loss.at && at < loss.at + loss.seconds)) continue;
    latest = Math.max(latest, at + delay(at, k)); // sockets keep the order
    arrived.push({ k, stamp: 1000 + stampOf(at, k), at: 500 + latest, true: at });
  }
  const truth: number[] = [];
  const places: number[] = [];
  const gaps: { start: number; nSamples: number }[] = [];
  let next = 0;
  let place = 0;
  let segments = 1;
  let longestHold = 0;
  let foundAt = sender.foundAt ?? Infinity;
  const bias: number[] = [];

  function follow(steps: ReturnType<typeof grid.push>, seen: number): void {
    for (const each of steps) {
      if (each.kind === "segment") {
        segments++;
        place = 0;
      } else if (each.kind === "gap") {
        gaps.push({ start: place, nSamples: each.nSamples });
        place += each.nSamples;
      } else
        for (let i = 0; i < each.nSamples; i++) {
          const sample = arrived[next++]!;
          truth.push(sample.k);
          places.push(place);
          if (sample.true > 2) longestHold = Math.max(longestHold, (seen - next) / saysHz);
          if (sample.true > seconds / 2) bias.push(grid.timeOf(place) - 1000 - shows(sample.true));
          place++;
        }
    }
  }

  for (let i = 0; i < arrived.length;) {
    const until = arrived[i]!.at + pulls;
    let end = i;
    while (end < arrived.length && arrived[end]!.at <= until && arrived[end]!.true < foundAt) end++;
    if (end === i) {
      grid.recovered();
      foundAt = Infinity;
      continue;
    }
    follow(
      grid.push(
        arrived.slice(i, end).map(({ stamp }) => stamp),
        until,
      ),
      end,
    );
    i = end;
  }
  follow(grid.end(), next);
  const mean = bias.reduce((sum, value) => sum + value, 0) / bias.length;
  const worstTime = bias.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
  return { truth, places, longestHold, segments, gaps, worstTime, driftPpm: grid.driftPpm };
}

/** How far each sample was put from where it belongs: all 0 if none was shifted. */
export function shifts({ truth, places }: Run): readonly number[] {
  return places.map((place, i) => place - (truth[i]! - truth[0]!));
}

/** Normal noise. */
export function noise(seed: number): () => number {
  const random = createRandom(seed);
  return () => random.normal();
}
