/**
 * The offset of the server's clock from ours, by four timestamps (Mills, RFC 5905 §8): our clock when the probe
 * left (t0) and when its answer came (t3), the server's when the probe came (t1) and when its answer left (t2).
 * The probe with the least round trip is believed: delay is never negative, so it bounds the error.
 */
export interface ClockSync {
  /** Takes the four stamps of an answered probe, ns. A probe that fails simply never comes here. */
  push(probe: Probe): void;
  /** What is known at our time `now`, ns; null before the first answer. */
  estimate(now: bigint): ClockEstimate | null;
}

interface Probe {
  readonly t0: bigint;
  readonly t1: bigint;
  readonly t2: bigint;
  readonly t3: bigint;
}

export interface ClockEstimate {
  /** What to add to our clock to get the server's, ns. */
  readonly offsetNs: bigint;
  readonly roundTripNs: bigint;
  /** Half the round trip, and what two clocks may have drifted apart since, ns. */
  readonly uncertaintyNs: bigint;
}

const keptProbes = 64;
/** Two crystals drift apart by less than this many ns a second (RFC 5905 §7.1 assumes 15 ppm for each). */
const driftNsPerSecond = 30_000n;

export function createClockSync(): ClockSync {
  let kept: (ClockEstimate & { at: bigint })[] = [];

  function uncertainty(probe: { at: bigint; roundTripNs: bigint }, now: bigint): bigint {
    const age = now > probe.at ? now - probe.at : 0n;
    return probe.roundTripNs / 2n + (age * driftNsPerSecond) / 1_000_000_000n;
  }

  return {
    push({ t0, t1, t2, t3 }) {
      const roundTripNs = t3 - t0 - (t2 - t1);
      if (t3 < t0 || t2 < t1 || roundTripNs < 0n) return; // a clock was set while the probe was under way
      const offsetNs = (t1 - t0 + (t2 - t3)) / 2n;
      kept.push({ offsetNs, roundTripNs, uncertaintyNs: roundTripNs / 2n, at: t3 });
      if (kept.length > keptProbes) kept = kept.slice(-keptProbes);
    },
    estimate(now) {
      let best: ClockEstimate | null = null;
      for (const probe of kept) {
        const uncertaintyNs = uncertainty(probe, now);
        if (best === null || uncertaintyNs <= best.uncertaintyNs)
          best = { offsetNs: probe.offsetNs, roundTripNs: probe.roundTripNs, uncertaintyNs };
      }
      return best;
    },
  };
}
