import { electrodeOrder } from "../eeg/electrodes.ts";
import { sphericalHarmonics } from "../eeg/harmonics.ts";
import { cos, exp, sin } from "../eeg/math.ts";
import { createRandom, type Random } from "../eeg/random.ts";
import { hertz, type Sfreq } from "../eeg/sfreq.ts";
import type { Position } from "../eeg/stream-info.ts";
import { background, blinks, hum, lowpass, rhythm, wander, white, type Process } from "./oscillators.ts";

export type EyesState = "eyes-open" | "eyes-closed";

export interface RestingEegOptions {
  readonly seed: number;
  readonly sfreq: Sfreq;
  readonly electrodes: readonly { readonly name: string; readonly position: Position }[];
  /** The person's alpha frequency. */
  readonly alphaHz: number;
  /** Frequency of the mains. */
  readonly mainsHz: number;
}

/** One sample after another of a simulated person at rest. */
export interface RestingEeg {
  /** Computes the next sample in `values`, one number an electrode, in µV. */
  step(state: EyesState, values: Float64Array): void;
}

/**
 * Of the background's power, the share of each degree of the spherical harmonics. Degree 0 is what the reference
 * adds to all electrodes. By the covariance of EEGMMIDB's electrodes at 3-7 and 14-25 Hz, median over 30 people.
 */
const degreeShares = [0.53, 0.3, 0.06, 0.04, 0.02, 0.01];

/** Of both alpha generators together over the occiput, in µV, and the part that is left with eyes open. */
const alphaMicrovolts = 13;
const alphaEyesOpen = 0.25;
/** Seconds in which alpha falls after the eyes open, and grows after they close. */
const alphaFallSeconds = 0.25;
const alphaRiseSeconds = 0.6;
/** The generators' common part, the phase between them, and how far the forehead is behind the occiput, in radians. */
const alphaCommon = 0.6;
const alphaLeftRight = 0.7;
const alphaBackFront = 2.0;

const muMicrovolts = 3;
const betaMicrovolts = 3;
const gazeMicrovolts = 14; // at the forehead
const mainsMicrovolts = 2.2;
const driftMicrovolts = 12;
const amplifierDensity = 0.2; // µV/√Hz
const muscleDensity = 0.7; // µV/√Hz at the temples, above 20 Hz

/**
 * Simulated resting EEG, fitted by eye to the median spectra of EEGMMIDB's runs R01 and R02 (70 people): a 1/f
 * background with the scalp's correlation; alpha from a left and a right occipital generator that share a part and
 * differ in phase; mu and beta over the sensorimotor strip; blinks and gaze, with eyes open; hum of the mains;
 * muscle, amplifier noise and drift of each electrode. An electrode's numbers do not depend on which others there
 * are.
 */
export function createRestingEeg(options: RestingEegOptions): RestingEeg {
  const { sfreq, electrodes, alphaHz, mainsHz } = options;
  const hz = hertz(sfreq);
  const seeds = createRandom(options.seed);
  const seed = (): number => seeds.integer(0x100000000);
  const random = createRandom(seed());
  const eyes = createRandom(seed());
  const electrodeSeed = seed();

  const brain = degreeShares.flatMap((_, l) =>
    Array.from({ length: 2 * l + 1 }, () => background(random, hz)),
  );
  const alphaBand = { frequencyHz: alphaHz, widthHz: 1.5 };
  const alpha = {
    common: rhythm(random, hz, alphaBand),
    left: rhythm(random, hz, alphaBand),
    right: rhythm(random, hz, alphaBand),
  };
  const strip = [alphaHz + 0.8, alphaHz + 0.8].map((frequencyHz) =>
    rhythm(random, hz, { frequencyHz, widthHz: 2 }),
  );
  const beta = [19, 19].map((frequencyHz) => rhythm(random, hz, { frequencyHz, widthHz: 8 }));
  const blink = blinks(eyes, hz, 2.8);
  const gaze = wander(eyes, hz, 0.16);
  const mains = mainsHz < hz / 2 ? hum(mainsHz, sfreq) : () => 0;

  const weights = electrodes.map(({ position }) => sourceWeights(position));
  const noises = electrodes.map(({ name, position }) => {
    const own = createRandom(electrodeSeed ^ Math.imul(electrodeOrder(name) + 1, 0x85ebca6b));
    return { mains: 0.5 + own.uniform(), noise: electrodeNoise(own, hz, position) };
  });
  const sources = new Float64Array(brain.length + 9);
  const [commonPart, ownPart] = [Math.sqrt(alphaCommon), Math.sqrt(1 - alphaCommon)];
  const [turnCos, turnSin] = [cos(alphaLeftRight), sin(alphaLeftRight)];
  const fall = 1 - exp(-1 / (alphaFallSeconds * hz));
  const rise = 1 - exp(-1 / (alphaRiseSeconds * hz));
  let gain = Number.NaN;
  let sample = 0;

  /** The sources' present values, in the order of `sourceWeights`. */
  function stepSources(state: EyesState): void {
    const target = state === "eyes-closed" ? 1 : alphaEyesOpen;
    if (sample === 0) gain = target;
    gain += (target - gain) * (target > gain ? rise : fall);
    let at = 0;
    for (const process of brain) sources[at++] = process();
    const { common, left, right } = alpha;
    for (const each of [common, left, right, ...strip, ...beta]) each.step();
    sources[at++] = gain * (commonPart * common.cosine + ownPart * left.cosine);
    sources[at++] = gain * (commonPart * common.sine + ownPart * left.sine);
    sources[at++] =
      gain * (commonPart * (turnCos * common.cosine + turnSin * common.sine) + ownPart * right.cosine);
    sources[at++] =
      gain * (commonPart * (turnCos * common.sine - turnSin * common.cosine) + ownPart * right.sine);
    for (const each of [...strip, ...beta]) sources[at++] = each.cosine;
    const looking = gaze();
    sources[at] =
      blink(sample, state === "eyes-open") + (state === "eyes-open" ? gazeMicrovolts * looking : 0);
  }

  return {
    step(state, values) {
      stepSources(state);
      const buzz = mainsMicrovolts * mains(sample);
      for (let e = 0; e < weights.length; e++) {
        const weight = weights[e]!;
        const own = noises[e]!;
        let sum = own.noise() + own.mains * buzz;
        for (let s = 0; s < sources.length; s++) sum += weight[s]! * sources[s]!;
        values[e] = sum;
      }
      sample++;
    },
  };
}

/** How strongly each source is seen at a place. */
function sourceWeights(position: Position): Float64Array {
  const [x, y] = position;
  const harmonics = sphericalHarmonics(position);
  const towardEars = 1 - 0.2 * x * x; // less between reference and electrode
  const brain = degreeShares.flatMap((share, l) =>
    Array.from(
      harmonics.subarray(l * l, (l + 1) * (l + 1)),
      (value) => towardEars * Math.sqrt((share * 4 * Math.PI) / (2 * l + 1)) * value,
    ),
  );
  const lag = (alphaBackFront * (1 + y)) / 2;
  const alpha = [-0.46, 0.46].flatMap((side) => {
    const facing = (1 + dot(position, [side, -0.83, 0.32])) / 2;
    const strength = alphaMicrovolts * (0.25 + 0.75 * facing * facing);
    return [strength * cos(lag), strength * sin(lag)];
  });
  const near = (side: number, spread: number): number =>
    exp((dot(position, [side, 0, Math.SQRT1_2]) - 1) / (spread * spread));
  const toEyes = (1 + dot(position, [0, 0.954, -0.3])) / 2;
  return Float64Array.from([
    ...brain,
    ...alpha,
    muMicrovolts * near(-Math.SQRT1_2, 0.35),
    muMicrovolts * near(Math.SQRT1_2, 0.35),
    betaMicrovolts * near(-Math.SQRT1_2, 0.6),
    betaMicrovolts * near(Math.SQRT1_2, 0.6),
    0.06 + (0.94 * toEyes * toEyes * toEyes) / 0.88,
  ]);
}

/** What only one electrode has: its amplifier's noise, the muscle under it, its drift. */
function electrodeNoise(random: Random, hz: number, [x, y, z]: Position): Process {
  const noise = white(random, hz);
  const below = lowpass(20, hz);
  const effort = wander(random, hz, 0.5);
  const drift = wander(random, hz, 20);
  const low = 1 - Math.max(0, z);
  const muscle = muscleDensity * low * low * Math.min(1, x * x + Math.max(0, y) * y);
  return () => {
    const value = noise();
    const strength = effort();
    const fast = value - below(value);
    return (
      amplifierDensity * value + muscle * (0.5 + 0.5 * strength * strength) * fast + driftMicrovolts * drift()
    );
  };
}

function dot(a: Position, b: Position): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
