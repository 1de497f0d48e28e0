import { expect, test } from "@jest/globals";
import type { Load } from "../../src/load/load.ts";
import { latencyFigures, type Surroundings } from "../../src/report/latency-figures.ts";
import { latencyReport } from "../../src/report/latency-report.ts";
import { quantiles } from "../../src/report/quantiles.ts";

const surroundings: Surroundings = {
  config: {
    model: "eyes <1>",
    modelHash: "ab".repeat(32),
    engine: "wasm",
    quality: "abstain",
    streams: 1,
    channels: 64,
    sfreqHz: 160,
    hopSeconds: 0.1,
    frameMs: 50,
    subscribers: 1,
    stalled: 0,
    seconds: 100,
    warmUpSeconds: 5,
  },
  configHash: "cd".repeat(32),
  machine: { cpu: "a processor", cores: 2, memoryGiB: 8, load: 0.1 },
  versions: { brainwire: "0", node: "v20" },
  date: "2026-01-01T00:00:00.000Z",
  lookBack: { filterDelayMs: 9, windowMs: 500, contextMs: 9100 },
  server: { coreShare: 0.01, memoryMiB: { start: 80, largest: 100, end: 90 } },
};

/** 1 to 1000 tenths of a millisecond; of each, a tenth waited and two tenths decoded. */
function load(): Load {
  const latency = Float32Array.from({ length: 1000 }, (_, i) => (i + 1) / 10);
  const parts = (share: number): Float32Array => latency.map((ms) => ms * share);
  return {
    info: {} as Load["info"],
    arrivals: {
      length: 1000,
      at: Float32Array.from({ length: 1000 }, (_, i) => i * 100),
      latency,
      queue: parts(0.1),
      tokens: parts(0.15),
      encoder: parts(0.05),
      decode: parts(0.2),
      write: parts(0),
    },
    seconds: 100,
    missing: 2,
    dropped: 0,
    lost: [],
    lateness: new Float32Array(10),
    busy: 0.1,
    framesSent: 2000,
  };
}

test("quantiles are values that so many do not exceed", () => {
  const values = Array.from({ length: 1000 }, (_, i) => 1000 - i);
  expect(quantiles(values)).toEqual({
    p50: 500,
    p95: 950,
    p99: 990,
    p999: 999,
    longest: 1000,
    mean: 500.5,
  });
  expect(quantiles([])).toMatchObject({ p50: Number.NaN, longest: Number.NaN });
});

test("figures: stages, deadlines, histogram and moments account for every label", () => {
  const figures = latencyFigures(load(), surroundings);
  expect(figures.labels).toEqual({
    received: 1000,
    missing: 2,
    dropped: 0,
    missedDeadline: 0,
    deadlineMs: 100,
  });
  expect(figures.latencyMs.p99).toBeCloseTo(99, 4);
  expect(figures.stagesMs.queue.p50).toBeCloseTo(5, 4);
  expect(figures.stagesMs.socket.p50).toBeCloseTo(35, 4);
  expect(figures.histogram.counts.reduce((sum, n) => sum + n)).toBe(1000);
  expect(figures.histogram.edgesMs.at(-1)!).toBeGreaterThanOrEqual(100);
  expect(figures.moments).toHaveLength(100);
  expect(figures.moments[99]).toMatchObject({ seconds: 99, longest: 100 });
});

test("a label that comes after the next one's sample has missed its deadline", () => {
  const config = { ...surroundings.config, hopSeconds: 0.05 };
  expect(latencyFigures(load(), { ...surroundings, config }).labels.missedDeadline).toBe(500);
});

test("the report is one file with its plots, names escaped, nothing from elsewhere", () => {
  const html = latencyReport(latencyFigures(load(), surroundings), [
    { what: "p99 in ms", measured: 99, limit: 8, kept: false },
  ]);
  expect(html.match(/<svg/g)).toHaveLength(3);
  expect(html).toContain("eyes &#60;1&#62;");
  expect(html).toContain("exceeded: p99 in ms 99, at most 8 allowed");
  expect(html).not.toMatch(/<script|https?:|NaN|undefined|Infinity/);
});

test("a report of nothing says so rather than failing", () => {
  const nothing = { ...load(), arrivals: { ...load().arrivals, length: 0 } };
  for (const key of ["at", "latency", "queue", "tokens", "encoder", "decode", "write"] as const)
    nothing.arrivals[key] = new Float32Array(0);
  expect(latencyReport(latencyFigures(nothing, surroundings), [])).not.toMatch(/NaN|Infinity/);
});
