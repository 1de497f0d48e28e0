import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createRandom } from "../../src/eeg/random.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import { createArrivalClock } from "../../src/server/arrival-clock.ts";

const begun = 1_790_000_000_000_000_000n;

interface Sender {
  /** What it says, and what its crystal makes of it. */
  readonly saysHz: number;
  readonly isHz: number;
  readonly frame: number;
  readonly seconds: number;
  /** Delay of each frame on the way, ms. */
  readonly delayMs: (frame: number) => number;
}

/** Runs a sender and returns the clock, and the largest error of a sample's time in the last ten seconds, ms. */
function run({ saysHz, isHz, frame, seconds, delayMs }: Sender) {
  const clock = createArrivalClock(sfreq(saysHz));
  let worstMs = 0;
  let last = 0;
  for (let i = 0; (i + 1) * frame <= seconds * isHz; i++) {
    const end = (i + 1) * frame;
    const trueMs = (1000 * end) / isHz;
    const arrivalMs = Math.max(last, trueMs + delayMs(i)); // a socket keeps the order
    last = arrivalMs;
    clock.arrived(end, begun + BigInt(Math.round(arrivalMs * 1e6)));
    if (trueMs < (seconds - 10) * 1000) continue;
    const estimate = Number(clock.timeOf(end)! - begun) / 1e6;
    worstMs = Math.max(worstMs, Math.abs(estimate - trueMs));
  }
  return { clock, worstMs };
}

const random = createRandom(5);

test("without delay and drift, times are exact", () => {
  const { clock, worstMs } = run({ saysHz: 250, isHz: 250, frame: 10, seconds: 30, delayMs: () => 0 });
  expect(worstMs).toBeLessThan(0.001);
  expect(clock.estimate()!.driftPpm).toBeCloseTo(0, 2);
  expect(clock.estimate()!.jitterMs).toBeCloseTo(0, 3);
});

test("arrival jitter moves no sample by more than the least delays", () => {
  const delayMs = (): number => 0.2 + 30 * random.uniform() ** 4;
  const { clock, worstMs } = run({ saysHz: 250, isHz: 250, frame: 10, seconds: 120, delayMs });
  expect(worstMs).toBeLessThan(1);
  expect(Math.abs(clock.estimate()!.driftPpm)).toBeLessThan(20);
  expect(clock.estimate()!.jitterMs).toBeGreaterThan(1);
});

test("bursts, as a radio sends them, neither", () => {
  // eight frames at once every 80 ms: stamps of arrival lie 10 µs apart, then 80 ms
  const delayMs = (i: number): number => 10 * (7 - (i % 8)) + 0.3;
  const { clock, worstMs } = run({ saysHz: 500, isHz: 500, frame: 5, seconds: 60, delayMs });
  expect(worstMs).toBeLessThan(1);
  expect(Math.abs(clock.estimate()!.driftPpm)).toBeLessThan(5);
});

test("a network that stalls for five seconds neither", () => {
  const delayMs = (i: number): number => {
    const atMs = i * 40;
    return (atMs > 60_000 && atMs < 65_000 ? 65_000 - atMs : 0) + 0.2 + 3 * random.uniform();
  };
  const { clock, worstMs } = run({ saysHz: 250, isHz: 250, frame: 10, seconds: 120, delayMs });
  expect(worstMs).toBeLessThan(1);
  expect(Math.abs(clock.estimate()!.driftPpm)).toBeLessThan(10);
});

test.each([
  ["a crystal 50 ppm fast", 250, 250 * (1 + 50e-6), 50],
  ["a crystal 80 ppm slow", 250, 250 * (1 - 80e-6), -80],
  ["a headset that samples at 256 Hz and says 250", 250, 256, 24_000],
] as const)("%s is found out", (...sender) => {
  const [, saysHz, isHz, ppm] = sender;
  const delayMs = (): number => 0.2 + 3 * random.uniform();
  const { clock, worstMs } = run({ saysHz, isHz, frame: 10, seconds: 120, delayMs });
  expect(Math.abs(clock.estimate()!.driftPpm - ppm)).toBeLessThan(10);
  expect(worstMs).toBeLessThan(1);
});

test.each([
  ["slower", 200],
  ["faster", -200],
] as const)(
  "a way that is %s from some minute on is followed within ten seconds, without overshoot",
  (...way) => {
    const [, stepMs] = way;
    const clock = createArrivalClock(sfreq(250));
    const drift = 60e-6;
    const stepAt = 120;
    const errors: { readonly at: number; readonly ms: number }[] = [];
    for (let i = 0; i < 240 * 25; i++) {
      const atMs = (i + 1) * 40 * (1 - drift);
      const delayMs = 205 + (atMs > stepAt * 1000 ? stepMs : 0) + 3 * random.uniform();
      clock.arrived((i + 1) * 10, begun + BigInt(Math.round((atMs + delayMs) * 1e6)));
      const told = Number(clock.timeOf((i + 1) * 10)! - begun) / 1e6;
      errors.push({ at: atMs / 1000, ms: told - atMs - 205 });
    }
    const worst = (from: number, to: number, truth: number): number =>
      Math.max(...errors.filter(({ at }) => at > from && at < to).map(({ ms }) => Math.abs(ms - truth)));
    expect(worst(20, stepAt, 0)).toBeLessThan(2);
    expect(worst(stepAt + 1, stepAt + 13, stepMs / 2)).toBeLessThan(102);
    expect(worst(stepAt + 13, 240, stepMs)).toBeLessThan(3);
    expect(Math.abs(clock.estimate()!.driftPpm - 60)).toBeLessThan(15);
  },
);

describe("edges", () => {
  test("nothing is said too early", () => {
    const clock = createArrivalClock(sfreq(100));
    expect(clock.timeOf(0)).toBeNull();
    expect(clock.estimate()).toBeNull();
    clock.arrived(100, begun);
    expect(clock.timeOf(100)).toBe(begun);
    expect(clock.timeOf(0)).toBe(begun - 1_000_000_000n);
    expect(clock.estimate()).toBeNull();
    clock.reset();
    expect(clock.timeOf(0)).toBeNull();
  });

  test("whatever arrives whenever, times run forward and are finite", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1000), fc.nat(100_000)), { minLength: 1 }), (frames) => {
        const clock = createArrivalClock(sfreq(250));
        let end = 0;
        let atMs = 0;
        for (const [n, waited] of frames) {
          end += n + 1;
          atMs += waited;
          clock.arrived(end, begun + BigInt(atMs) * 1_000_000n);
          expect(clock.timeOf(end)! >= clock.timeOf(end - 1)!).toBe(true);
        }
      }),
    );
  });
});
