import type { DecodeOptions } from "../decode/stream-decoder.ts";
import type { Load } from "../load/load.ts";
import { quantiles, type Quantiles } from "./quantiles.ts";

/** What was asked of a server: with the model's hash and the versions, all that a figure depends on but the machine. */
export interface LatencyConfig {
  readonly model: string;
  readonly modelHash: string;
  readonly engine: string;
  /** What the server does where the model's channels are bad. */
  readonly quality: NonNullable<DecodeOptions["quality"]>;
  readonly streams: number;
  readonly channels: number;
  readonly sfreqHz: number;
  readonly hopSeconds: number;
  readonly frameMs: number;
  readonly subscribers: number;
  readonly stalled: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** What a label looks back on beside the latency: it is no delay of the machine, but of the method. */
export interface LookBack {
  /** Group delay of the model's filters at the middle of their band; null where nothing declares one. */
  readonly filterDelayMs: number | null;
  /** The stretch of signal that the newest thing a label depends on holds: a patch, or a whole window. */
  readonly windowMs: number;
  /** All that a label can depend on. */
  readonly contextMs: number;
}

export interface ServerUse {
  /** Part of a core that it used after the warm-up, all its threads together; null where the system does not tell. */
  readonly coreShare: number | null;
  readonly memoryMiB: { readonly start: number; readonly largest: number; readonly end: number };
}

export interface Surroundings {
  readonly config: LatencyConfig;
  /** SHA-256 of the configuration, in hex. */
  readonly configHash: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly load: number;
  };
  readonly versions: Readonly<Record<string, string>>;
  readonly date: string;
  readonly lookBack: LookBack;
  readonly server: ServerUse;
}

export const stages = ["queue", "tokens", "encoder", "write", "socket"] as const;

/** A minute or less of the measurement, ms. */
interface Moment {
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

export interface LatencyFigures extends Surroundings {
  readonly labels: {
    readonly received: number;
    readonly missing: number;
    readonly dropped: number;
    /** Came later than a hop after the sample that completed their window. */
    readonly missedDeadline: number;
    readonly deadlineMs: number;
  };
  readonly latencyMs: Quantiles;
  readonly stagesMs: Readonly<Record<(typeof stages)[number], Quantiles>>;
  /** Upper edges of the bins, ms, and how many labels fell into each. */
  readonly histogram: { readonly edgesMs: readonly number[]; readonly counts: readonly number[] };
  readonly moments: readonly Moment[];
  readonly load: {
    readonly framesSent: number;
    /** How late the load sent its own frames. Latency counts from when they were sent. */
    readonly latenessMs: Quantiles;
    readonly busy: number;
    readonly connectionsLost: readonly string[];
  };
}

/** Bins to a tenfold. */
const binsPerDecade = 12;
const mostMoments = 120;

export function latencyFigures(load: Load, surroundings: Surroundings): LatencyFigures {
  const { arrivals } = load;
  const { latency, queue, tokens, encoder, write, decode } = arrivals;
  const deadlineMs = surroundings.config.hopSeconds * 1000;
  const socket = latency.map((ms, i) => Math.max(0, ms - queue[i]! - decode[i]! - write[i]!));
  return {
    ...surroundings,
    labels: {
      received: arrivals.length,
      missing: load.missing,
      dropped: load.dropped,
      missedDeadline: latency.reduce((n, ms) => n + (ms > deadlineMs ? 1 : 0), 0),
      deadlineMs,
    },
    latencyMs: quantiles(latency),
    stagesMs: {
      queue: quantiles(queue),
      tokens: quantiles(tokens),
      encoder: quantiles(encoder),
      write: quantiles(write),
      socket: quantiles(socket),
    },
    histogram: histogramOf(latency),
    moments: momentsOf(arrivals.at, latency, load.seconds),
    load: {
      framesSent: load.framesSent,
      latenessMs: quantiles(load.lateness),
      busy: load.busy,
      connectionsLost: load.lost,
    },
  };
}

function histogramOf(values: Float32Array): LatencyFigures["histogram"] {
  const bin = (ms: number): number => Math.floor(Math.log10(Math.max(ms, 1e-3)) * binsPerDecade);
  const all = new Map<number, number>();
  for (const ms of values) all.set(bin(ms), (all.get(bin(ms)) ?? 0) + 1);
  const [low, high] = [Math.min(...all.keys()), Math.max(...all.keys())];
  const bins = all.size === 0 ? [] : Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return {
    edgesMs: bins.map((b) => 10 ** ((b + 1) / binsPerDecade)),
    counts: bins.map((b) => all.get(b) ?? 0),
  };
}

function momentsOf(at: Float32Array, latency: Float32Array, seconds: number): Moment[] {
  const step = Math.max(1, Math.ceil(seconds / mostMoments)) * 1000;
  const groups = new Map<number, number[]>();
  at.forEach((ms, i) => {
    const group = groups.get(Math.floor(ms / step)) ?? [];
    group.push(latency[i]!);
    groups.set(Math.floor(ms / step), group);
  });
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([group, values]) => {
      const { p50, p99, longest } = quantiles(values);
      return { seconds: (group * step) / 1000, p50, p99, longest };
    });
}
