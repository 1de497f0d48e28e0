import { cos, exp, log, sin } from "../eeg/math.ts";
import type { Random } from "../eeg/random.ts";
import type { Sfreq } from "../eeg/sfreq.ts";

/** Random processes, defined in seconds and hertz and run at any sampling frequency: one call is one sample. */
export type Process = () => number;

/** White noise of density 1 per √Hz, one-sided. */
export function white(random: Random, hz: number): Process {
  const deviation = Math.sqrt(hz / 2);
  return () => deviation * random.normal();
}

/** A first-order low-pass with gain 1 at 0 Hz. */
export function lowpass(cutoffHz: number, hz: number): (x: number) => number {
  const keep = exp((-2 * Math.PI * cutoffHz) / hz);
  let y = 0;
  return (x) => (y = keep * y + (1 - keep) * x);
}

/**
 * Noise whose spectrum falls like that of resting EEG between 1 and 50 Hz: white noise through three low-passes
 * side by side. Corners and gains are a fit to the median over 70 people of EEGMMIDB with eyes closed, 16
 * electrodes, without 6-14 Hz; its density is 13.5 µV/√Hz at 1 Hz, 5.4 at 6 Hz, 2.5 at 20 Hz.
 */
export function background(random: Random, hz: number): Process {
  const noise = white(random, hz);
  const [slow, middle, fast] = [lowpass(0.4, hz), lowpass(2.5, hz), lowpass(10, hz)];
  const next = (): number => {
    const x = noise();
    return 24.2 * slow(x) + 2.72 * middle(x) + 3.85 * fast(x);
  };
  for (let i = 0; i < 2 * hz; i++) next(); // let the slowest corner settle
  return next;
}

/** Slow noise of deviation 1 that forgets itself over `seconds`: an Ornstein-Uhlenbeck process. */
export function wander(random: Random, hz: number, seconds: number): Process {
  const keep = exp(-1 / (seconds * hz));
  const fresh = Math.sqrt(1 - keep * keep);
  let y = random.normal();
  return () => (y = keep * y + fresh * random.normal());
}

/** A rhythm as a rotating pair: `cosine` and `sine` of its phase times its waxing and waning amplitude. */
export interface Rhythm {
  step(): void;
  readonly cosine: number;
  readonly sine: number;
}

/**
 * A rhythm of deviation 1 around `frequencyHz`: an Ornstein-Uhlenbeck process on a turning complex plane, whose
 * spectrum is a Lorentzian `widthHz` wide at half its height. Its amplitude comes and goes in 1 / (π width)
 * seconds.
 */
export function rhythm(
  random: Random,
  hz: number,
  band: { readonly frequencyHz: number; readonly widthHz: number },
): Rhythm {
  const keep = exp((-Math.PI * band.widthHz) / hz);
  const fresh = Math.sqrt(1 - keep * keep);
  const turn = (2 * Math.PI * band.frequencyHz) / hz;
  const [c, s] = [keep * cos(turn), keep * sin(turn)];
  const state = { cosine: random.normal(), sine: random.normal() };
  return {
    step() {
      const { cosine, sine } = state;
      state.cosine = c * cosine - s * sine + fresh * random.normal();
      state.sine = s * cosine + c * sine + fresh * random.normal();
    },
    get cosine() {
      return state.cosine;
    },
    get sine() {
      return state.sine;
    },
  };
}

/**
 * Blinks in µV at the forehead: bumps of 0.25 to 0.35 s and 100 to 260 µV, on average `everySeconds` apart and at
 * least 0.7 s. `mayBegin` is asked when one is due.
 */
export function blinks(
  random: Random,
  hz: number,
  everySeconds: number,
): (sample: number, mayBegin: boolean) => number {
  const pause = (): number => 0.7 - (everySeconds - 0.7) * log(1 - random.uniform());
  let due = pause();
  let begun = Number.NEGATIVE_INFINITY;
  let length = 1;
  let height = 0;
  return (sample, mayBegin) => {
    const now = sample / hz;
    if (now >= due) {
      due += pause();
      length = 0.25 + 0.1 * random.uniform();
      height = 100 + 160 * random.uniform();
      begun = mayBegin ? now : Number.NEGATIVE_INFINITY;
    }
    const u = (now - begun) / length;
    if (!(u < 1)) return 0;
    const v = 1 - u;
    return height * 28.935 * u * u * v * v * v; // highest, 1, at u = 0.4
  };
}

/** A sine of deviation 1 whose phase is computed from the sample's index, so that it never drifts. */
export function hum(frequencyHz: number, { num, den }: Sfreq): (sample: number) => number {
  return (sample) => {
    const turns = ((sample * frequencyHz * den) / num) % 1;
    return Math.SQRT2 * sin(2 * Math.PI * turns);
  };
}
