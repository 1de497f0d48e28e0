import { hertz, type Sfreq } from "../eeg/sfreq.ts";

/**
 * When a stream's samples happened on the server's clock, told from when they came. Delay only ever adds, so the
 * earliest arrivals draw the line; a straight line through the earliest of each second gives the sender's drift.
 * Arrival jitter moves no sample: the grid is the publisher's count, and this only puts a time to it.
 */
export interface ArrivalClock {
  /** A frame that ends before sample `end` has come. */
  arrived(end: number, atNs: bigint): void;
  /** Estimated time of a sample, ns since 1970; null before the first arrival. */
  timeOf(sample: number): bigint | null;
  /** Null until ten seconds have been seen. */
  estimate(): { readonly driftPpm: number; readonly jitterMs: number } | null;
  /** Forget everything: the samples come at another pace from here on. */
  reset(): void;
}

interface Second {
  readonly at: number;
  /** Sample index and lateness, ms, of the frame of this second that was least late. */
  sample: number;
  lateMs: number;
}

/** Seconds that are looked back on. */
const kept = 120;
const neededSeconds = 10;
const keptDelays = 256;

export function createArrivalClock(sfreq: Sfreq): ArrivalClock {
  const periodMs = 1000 / hertz(sfreq);
  let originNs: bigint | null = null;
  let seconds: Second[] = [];
  let delays: number[] = [];
  let line: { slope: number; offsetMs: number } = { slope: 0, offsetMs: 0 };

  /** Least squares through the earliest arrivals of the seconds that are over; with few of them, their least. */
  function fit(): void {
    const over = seconds.length > 1 ? seconds.slice(0, -1) : seconds;
    if (over.length < neededSeconds) {
      line = { slope: 0, offsetMs: Math.min(...seconds.map(({ lateMs }) => lateMs)) };
      return;
    }
    let sx = 0;
    let sy = 0;
    for (const { sample, lateMs } of over) {
      sx += sample;
      sy += lateMs;
    }
    const mx = sx / over.length;
    const my = sy / over.length;
    let sxx = 0;
    let sxy = 0;
    for (const { sample, lateMs } of over) {
      sxx += (sample - mx) * (sample - mx);
      sxy += (sample - mx) * (lateMs - my);
    }
    const slope = sxx > 0 ? sxy / sxx : 0;
    line = { slope, offsetMs: my - slope * mx };
  }

  return {
    arrived(end, atNs) {
      originNs ??= atNs;
      const atMs = Number(atNs - originNs) / 1e6;
      const lateMs = atMs - end * periodMs;
      delays.push(lateMs - (line.offsetMs + line.slope * end));
      if (delays.length > keptDelays) delays = delays.slice(-keptDelays / 2);
      const second = Math.floor(atMs / 1000);
      const last = seconds.at(-1);
      if (last?.at === second) {
        if (lateMs - line.slope * end >= last.lateMs - line.slope * last.sample) return;
        last.lateMs = lateMs;
        last.sample = end;
        if (seconds.length > 1) return; // the line is drawn anew with the next second
      } else {
        seconds.push({ at: second, sample: end, lateMs });
        if (seconds.length > kept) seconds.shift();
      }
      fit();
    },
    timeOf(sample) {
      if (originNs === null) return null;
      const ms = sample * (periodMs + line.slope) + line.offsetMs;
      return originNs + BigInt(Math.round(ms * 1e6));
    },
    estimate() {
      if (seconds.length <= neededSeconds) return null;
      const sorted = delays.toSorted((a, b) => a - b);
      const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
      return {
        driftPpm: (-line.slope / (periodMs + line.slope)) * 1e6,
        jitterMs: Math.max(0, at(0.75) - at(0.25)),
      };
    },
    reset() {
      originNs = null;
      seconds = [];
      delays = [];
      line = { slope: 0, offsetMs: 0 };
    },
  };
}
