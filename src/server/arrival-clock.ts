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
/** Seconds that were all so much later than the line before them, or earlier: the way here is another than it was. */
const stepSeconds = 10;
const leastStepMs = 20;

interface Line {
  readonly slope: number;
  readonly offsetMs: number;
}

export function createArrivalClock(sfreq: Sfreq): ArrivalClock {
  const periodMs = 1000 / hertz(sfreq);
  let originNs: bigint | null = null;
  let seconds: Second[] = [];
  let delays: number[] = [];
  let line: Line = { slope: 0, offsetMs: 0 };

  /** Through the earliest arrivals of the seconds that are over; with few of them, their least. */
  function fit(): void {
    const over = seconds.length > 1 ? seconds.slice(0, -1) : seconds;
    if (over.length < neededSeconds) {
      line = { slope: 0, offsetMs: Math.min(...seconds.map(({ lateMs }) => lateMs)) };
      return;
    }
    bridgeStep(over);
    line = leastSquares(over);
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

function leastSquares(seconds: readonly Second[]): Line {
  let sx = 0;
  let sy = 0;
  for (const { sample, lateMs } of seconds) {
    sx += sample;
    sy += lateMs;
  }
  const mx = sx / seconds.length;
  const my = sy / seconds.length;
  let sxx = 0;
  let sxy = 0;
  for (const { sample, lateMs } of seconds) {
    sxx += (sample - mx) * (sample - mx);
    sxy += (sample - mx) * (lateMs - my);
  }
  const slope = sxx > 0 ? sxy / sxx : 0;
  return { slope, offsetMs: my - slope * mx };
}

/**
 * Samples come by a slower way from some second on, or a faster one, and it lasts: nobody can tell that from samples that
 * were lost unseen, so the line follows. Those from before it are moved along, because the drift that they tell of is
 * still the sender's; a line through both would overshoot and take as long as all that is looked back on.
 */
function bridgeStep(seconds: readonly Second[]): void {
  const before = seconds.slice(0, -stepSeconds);
  if (before.length < neededSeconds) return;
  const { slope, offsetMs } = leastSquares(before);
  const off = ({ sample, lateMs }: Second): number => lateMs - offsetMs - slope * sample;
  const steps = seconds.slice(-stepSeconds).map(off);
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  const usual = Math.max(leastStepMs, ...before.map((second) => 2 * Math.abs(off(second))));
  if (least < usual && most > -usual) return;
  const step = steps.toSorted((a, b) => a - b)[stepSeconds / 2]!;
  for (const second of before) second.lateMs += step;
}
