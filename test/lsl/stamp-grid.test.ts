import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createStampGrid } from "../../src/lsl/stamp-grid.ts";
import { noise, run, shifts, type Sender } from "./sender.ts";

const base: Sender = { saysHz: 250, seconds: 40 };

/** Bursts: samples that a radio brings together are stamped some microseconds apart, then nothing for a while. */
const bursts =
  (length: number) =>
  (at: number): number => {
    const burst = Math.floor(at / length);
    return (burst + 1) * length + (at - burst * length) * 3e-4;
  };

function jittered(seed: number, deviation: number): (at: number) => number {
  const random = noise(seed);
  return (at) => at + deviation * random();
}

function expectUnmoved(sender: Sender, lost: readonly number[]): void {
  const made = run(sender);
  expect(shifts(made).every((shift) => shift === 0)).toBe(true);
  expect(made.gaps.map(({ nSamples }) => nSamples)).toEqual(lost);
  expect(made.segments).toBe(1);
}

const losses = [
  { at: 20.001, seconds: 0.5 },
  { at: 31.301, seconds: 0.1 },
] as const;

describe("no sample is shifted and every loss is a gap, where stamps", () => {
  test.each<[string, Partial<Sender>]>([
    ["are exact", {}],
    ["jitter by 1 ms", { stamp: jittered(1, 0.001) }],
    ["jitter by 5 ms, more than a sample", { stamp: jittered(2, 0.005) }],
    ["lie some µs apart, then 35 ms (App-WearableSensing#4)", { stamp: bursts(0.035) }],
    ["are early in every fifth (OpenBCI_GUI#989)", { stamp: (at, k) => at - (k % 5 === 0 ? 0.02 : 0) }],
    ["jump while the count is regular (muse-js#70)", { stamp: (at, k) => at + (k % 12 === 0 ? 0.011 : 0) }],
    ["arrive through a slow network", { stamp: jittered(3, 0.001), delay: slowNetwork(4) }],
    ["are pulled once a second", { stamp: jittered(5, 0.001), pulls: 1 }],
    ["rarely are very late", { stamp: rarelyLate(6) }],
  ])("%s", (_, sender) => expectUnmoved({ ...base, losses, ...sender }, [125, 25]));

  test("come from a crystal that is 200 ppm fast", () => {
    const sender = { ...base, isHz: 250 * 1.0002, stamp: jittered(7, 0.001) };
    expectUnmoved({ ...sender, losses }, [125, 25]);
    expect(Math.abs(run(sender).driftPpm - 200)).toBeLessThan(10);
  });

  test("come at 250 Hz where 256 are declared (brainflow#341)", () => {
    expectUnmoved({ ...base, saysHz: 256, stamp: (_, k) => k * 0.004 }, []);
    expectUnmoved({ ...base, isHz: 256, losses }, [128, 25]);
  });

  test("are lost one by one", () => {
    expectUnmoved(
      { ...base, losses: [10, 20, 30].map((at) => ({ at: at + 0.001, seconds: 0.004 })) },
      [1, 1, 1],
    );
  });

  test("are lost twice within a second", () => {
    const twice = [
      { at: 20.001, seconds: 0.5 },
      { at: 20.801, seconds: 0.3 },
    ];
    expectUnmoved({ ...base, losses: twice, stamp: jittered(8, 0.002) }, [125, 75]);
  });
});

function slowNetwork(seed: number): () => number {
  const random = noise(seed);
  return () => 0.002 + 0.03 * random() ** 2;
}

function rarelyLate(seed: number): (at: number) => number {
  const random = noise(seed);
  return (at) => at + 0.001 * Math.abs(random()) ** 3;
}

test("whatever the jitter, the chunks and the loss, up to what jitter hides", () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.nat(1000),
        deviation: fc.double({ min: 0, max: 0.004, noNaN: true }),
        pulls: fc.double({ min: 0.004, max: 0.3, noNaN: true }),
        drift: fc.integer({ min: -300, max: 300 }),
        at: fc.integer({ min: 4 * 250, max: 16 * 250 }),
        lost: fc.integer({ min: 13, max: 500 }),
      }),
      ({ seed, deviation, pulls, drift, at, lost }) => {
        const isHz = 250 * (1 + drift * 1e-6);
        const loss = { at: (at - 0.5) / isHz, seconds: lost / isHz };
        const sender = { saysHz: 250, isHz, seconds: 24, pulls, losses: [loss] };
        expectUnmoved({ ...sender, stamp: jittered(seed, deviation) }, [lost]);
      },
    ),
    { numRuns: 25 },
  );
});

test("a sender that stalls and catches up has lost nothing", () => {
  const stalls = (at: number): number => (at >= 20 && at < 21.5 ? 21.5 + (at - 20) * 1e-3 : at);
  const made = run({ ...base, stamp: stalls, delay: (at) => stalls(at) - at + 0.002 });
  expect(made.gaps).toEqual([]);
});

describe("a clock that is set anew", () => {
  test.each([
    ["backward by 2 s (labstreaminglayer#131)", (at: number) => (at > 20 ? at - 2 : at)],
    ["backward by an hour", (at: number) => (at > 20 ? at - 3600 : at)],
    ["forward by 37 s", (at: number) => (at > 20 ? at + 37 : at)],
  ])("%s moves no sample", (_, stamp) => expectUnmoved({ ...base, stamp }, []));

  test("while samples are lost: the silence is the gap", () => {
    const silent = [{ at: 20.001, seconds: 3 }];
    expectUnmoved({ ...base, losses: silent, stamp: (at) => (at > 20 ? at - 20 : at) }, [750]);
    expectUnmoved({ ...base, losses: silent, stamp: (at) => (at > 20 ? at + 900 : at) }, [750]);
  });
});

describe("a sender that is lost and found again", () => {
  const losses = [{ at: 20.001, seconds: 8 }];
  test("with its clock goes on behind a gap", () => {
    expectUnmoved({ ...base, losses, foundAt: 20.001 }, [2000]);
  });
  test("with another clock begins a new segment", () => {
    const made = run({ ...base, losses, foundAt: 20.001, stamp: (at) => (at > 20 ? at - 28 : at) });
    expect(made.segments).toBe(2);
    expect(made.gaps).toEqual([]);
    expect(made.places.slice(5001, 5004)).toEqual([0, 1, 2]);
  });
});

describe("the time of a sample", () => {
  test("is without the jitter", () => {
    expect(run({ ...base, stamp: jittered(9, 0.005) }).worstTime).toBeLessThan(0.0005);
    expect(run({ ...base, stamp: bursts(0.035) }).worstTime).toBeLessThan(0.0005);
  });
  test("follows a rate that changes by 300 ppm", () => {
    const shows = (at: number): number => (at < 30 ? at : 30 + (at - 30) * (1 - 300e-6));
    const random = noise(10);
    const stamp = (at: number): number => shows(at) + 0.001 * random();
    const made = run({ ...base, seconds: 90, stamp, shows });
    expect(made.worstTime).toBeLessThan(0.001);
    expect(Math.abs(made.driftPpm - 300)).toBeLessThan(15);
  });
});

test("samples are held no longer than it takes to know", () => {
  expect(run({ ...base, stamp: jittered(11, 0.005) }).longestHold).toBeLessThan(0.05);
  expect(run({ ...base, losses }).longestHold).toBeLessThan(0.2);
  expect(run({ ...base, losses, stamp: jittered(12, 0.005) }).longestHold).toBeLessThan(1.1);
});

test("whatever the stamps, each sample is given out once", () => {
  const stamp = fc.oneof(
    fc.double({ min: 0, max: 100, noNaN: true }),
    fc.constantFrom(Number.NaN, Infinity, 1e300, -1, 0),
  );
  fc.assert(
    fc.property(fc.array(fc.array(stamp, { maxLength: 40 }), { maxLength: 60 }), (chunks) => {
      const grid = createStampGrid(0.01);
      let given = 0;
      const count = (steps: ReturnType<typeof grid.push>): void => {
        for (const step of steps) {
          if (step.kind === "take") given += step.nSamples;
          if (step.kind === "gap") expect(step.nSamples).toBeGreaterThan(0);
        }
      };
      chunks.forEach((chunk, i) => count(grid.push(chunk, i / 10)));
      count(grid.end());
      expect(given).toBe(chunks.flat().length);
    }),
  );
});
