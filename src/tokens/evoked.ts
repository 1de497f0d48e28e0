/**
 * What an event evokes: a short wave with a sign, after which nothing is to be seen of it. Band powers have no sign and a
 * mean of three seconds has no time, so an evoked response is looked for apart: patch by patch the waves of the last
 * second or so are compared with learned responses, and with learned onsets that say whether there was an event at all,
 * as a large response says too; what a response came to is held for as long as no later onset is clearer.
 */
import { exp, log } from "../eeg/math.ts";
import { bandTaps } from "./bands.ts";

export interface EvokedSizes {
  /** Learned responses, each with a time of its own. */
  readonly responses: number;
  /** Numbers by which onsets are told. */
  readonly onsets: number;
  /** Patches that a response and an onset are looked for in. */
  readonly reach: number;
  /** Patches that an evoked response is held for at most. */
  readonly window: number;
}

/** The parts of a model that find evoked responses; shapes as in `model/encoder.ts`. */
export interface EvokedDefinition extends EvokedSizes {
  readonly components: number;
  /** [S], µV: deviation of the waves over the training set. */
  readonly deviation: Float32Array;
  /** [responses, S, reach], the oldest patch first. */
  readonly response: Float32Array;
  /** [onsets, S, reach] */
  readonly feature: Float32Array;
  /** [onsets] */
  readonly featureBias: Float32Array;
  /** [responses, onsets] */
  readonly onset: Float32Array;
  /** [responses]: how much the size of a response itself says that there was an event. */
  readonly strength: Float32Array;
  /** [responses]: `softplus` of it is what a patch of age takes off. */
  readonly slope: Float32Array;
}

/** Waves are what is left below this, Hz: the deviation of a Gaussian in frequency, and so 0.04 s in time. */
const waveHz = 4;
/** Deviations at which waves are bent to a limit: an artefact is no larger than this. */
export const waveLimit = 4;

/** Weights of the low-pass on one side of a patch's middle, from the middle outward: [40]. */
export function waveTaps(): Float32Array {
  return bandTaps(Float32Array.of(0), Float32Array.of(waveHz)).filter((_, i) => i % 2 === 0);
}

/** A stream's evoked responses, patch after patch. */
export interface Evoked {
  /**
   * Takes in a valid patch; those between are masked and need not be told of.
   * @param patch its index on the grid; only grows
   * @param waves [S], µV; 0 for components that lack their channels
   * @returns [responses]; valid until the next call
   */
  step(patch: number, waves: Float64Array): Float64Array;
}

export function createEvoked(definition: EvokedDefinition): Evoked {
  const { components, responses, onsets, reach, window, deviation } = definition;
  const slopes = Float64Array.from(definition.slope, (slope) => log(1 + exp(slope)));
  /** Limited waves of the last patches, and which patch each row holds. */
  const waves = new Float64Array(reach * components);
  const wavesOf = new Float64Array(reach).fill(-Infinity);
  /** What every patch of the window came to: its responses, and how clear the onset before them. */
  const values = new Float64Array(window * responses);
  const scores = new Float64Array(window * responses);
  const valuesOf = new Float64Array(window).fill(-Infinity);
  const told = new Float64Array(onsets);
  const out = new Float64Array(responses);

  const response = byPatch(definition.response, definition);
  const feature = byPatch(definition.feature, definition);

  /** Σ weights · waves over the last `reach` patches; those that are masked count as 0. */
  function compare(weights: Float64Array, row: number, patch: number): number {
    let sum = 0;
    for (let j = 0; j < reach; j++) {
      const held = patch - reach + 1 + j;
      const at = ((held % reach) + reach) % reach;
      if (wavesOf[at] !== held) continue;
      const from = (row * reach + j) * components;
      const wave = at * components;
      for (let s = 0; s < components; s++) sum += weights[from + s]! * waves[wave + s]!;
    }
    return sum;
  }

  function take(patch: number, fresh: Float64Array): void {
    const at = patch % reach;
    wavesOf[at] = patch;
    for (let s = 0; s < components; s++)
      waves[at * components + s] = waveLimit * tanh(fresh[s]! / deviation[s]! / waveLimit);
    const row = patch % window;
    valuesOf[row] = patch;
    for (let g = 0; g < onsets; g++) {
      const x = compare(feature, g, patch) + definition.featureBias[g]!;
      told[g] = x / (1 + exp(-x));
    }
    for (let h = 0; h < responses; h++) {
      const value = compare(response, h, patch);
      values[row * responses + h] = value;
      let score = definition.strength[h]! * Math.abs(value);
      for (let g = 0; g < onsets; g++) score += definition.onset[h * onsets + g]! * told[g]!;
      scores[row * responses + h] = score;
    }
  }

  return {
    step(patch, fresh) {
      take(patch, fresh);
      const first = Math.max(0, patch - window + 1);
      for (let h = 0; h < responses; h++) {
        const aged = (p: number): number => scores[(p % window) * responses + h]! - slopes[h]! * (patch - p);
        let highest = -Infinity;
        for (let p = first; p <= patch; p++)
          if (valuesOf[p % window] === p) highest = Math.max(highest, aged(p));
        let sum = 0;
        let total = 0;
        for (let p = first; p <= patch; p++) {
          if (valuesOf[p % window] !== p) continue;
          const share = exp(aged(p) - highest);
          total += share;
          sum += share * values[(p % window) * responses + h]!;
        }
        out[h] = sum / total;
      }
      return out;
    },
  };
}

/** [rows, S, reach] to [rows, reach, S]: in the order in which they are read. */
function byPatch(weights: Float32Array, { components, reach }: EvokedDefinition): Float64Array {
  return Float64Array.from(weights, (_, i) => {
    const s = i % components;
    const j = Math.floor(i / components) % reach;
    const row = Math.floor(i / (components * reach));
    return weights[(row * components + s) * reach + j]!;
  });
}

function tanh(x: number): number {
  const e = exp(-2 * Math.abs(x));
  const size = (1 - e) / (1 + e);
  return x < 0 ? -size : size;
}
