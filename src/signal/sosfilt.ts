import type { Samples } from "../eeg/item.ts";
import { createArena } from "../eeg/web-assembly.ts";
import { plainSosfilt } from "./plain-sosfilt.ts";
import { restState, type Sections } from "./sections.ts";
import { instantiate, lanes } from "./wasm/exports.ts";

/**
 * Filters channels by second-order sections, as `scipy.signal.sosfilt` with the start state `sosfilt_zi * x[0]`.
 * A sample that is not finite gives NaN, and its channel restarts at the next one that is.
 */
export interface Sosfilt {
  /** Filters samples `from` to `to` of an item, counted from its start; at most `blockSamples` of them. */
  run(item: Samples, from: number, to: number): Float32Array;
  /** Forgets what was: every channel restarts at its next sample. */
  restart(): void;
}

/** So many samples fit the processor's caches with room for the stages that follow. */
export const blockSamples = 512;

export function createSosfilt(sections: Sections, nChannels: number): Sosfilt {
  const count = sections.length / 6;
  const groups = Math.ceil(nChannels / lanes);
  const rest = restState(sections);
  const fresh = new Uint8Array(nChannels).fill(1);
  const kernel = instantiate();
  const reserve = createArena(kernel.memory);
  const at = {
    rows: reserve(groups * lanes * blockSamples * 4),
    work: reserve(lanes * blockSamples * 8),
    sections: reserve(sections.length * 8),
    state: reserve(groups * lanes * count * 2 * 8),
  };
  const memory = new Float32Array(kernel.memory.buffer);
  new Float64Array(kernel.memory.buffer, at.sections, sections.length).set(sections);
  // Of each group of channels, section after section: two numbers, each of all channels.
  const state = new Float64Array(kernel.memory.buffer, at.state, groups * lanes * count * 2);
  const before = new Float64Array(state.length);

  /** Where a channel's first number stands in `state`; the next is `lanes` further on. */
  function stateOf(channel: number): number {
    const lane = channel % lanes;
    return (channel - lane) * count * 2 + lane;
  }

  function start(channel: number, sample: number): void {
    for (let k = 0, i = stateOf(channel); k < rest.length; k++, i += lanes) state[i] = rest[k]! * sample;
    fresh[channel] = 0;
  }

  /** Filters a channel anew, the finite runs one by one; what the kernel made of it is not used. */
  function runPieces(channel: number, { data, nSamples }: Samples, piece: Piece): void {
    const input = data.subarray(channel * nSamples + piece.from, channel * nSamples + piece.to);
    const n = input.length;
    const output = piece.output.subarray(channel * n, channel * n + n);
    const own = new Float64Array(rest.length);
    for (let k = 0, i = stateOf(channel); k < own.length; k++, i += lanes) own[k] = before[i]!;
    for (let i = 0; i < n;) {
      const sample = input[i]!;
      if (!isFinite(sample)) {
        output[i++] = NaN;
        fresh[channel] = 1;
        continue;
      }
      if (fresh[channel] === 1) {
        rest.forEach((r, k) => (own[k] = r * sample));
        fresh[channel] = 0;
      }
      const from = i;
      while (i < n && isFinite(input[i]!)) i++;
      plainSosfilt(sections, own, { input, output, from, to: i });
    }
    for (let k = 0, i = stateOf(channel); k < own.length; k++, i += lanes) state[i] = own[k]!;
  }

  return {
    run(item, from, to) {
      const { data, nSamples } = item;
      const n = to - from;
      const rows = at.rows / 4;
      if (n === nSamples) memory.set(data, rows);
      else
        for (let c = 0; c < nChannels; c++)
          memory.set(data.subarray(c * nSamples + from, c * nSamples + to), rows + c * n);
      for (let c = 0; c < nChannels; c++) {
        if (fresh[c] === 0) continue;
        const sample = data[c * nSamples + from]!;
        if (isFinite(sample)) start(c, sample);
      }
      before.set(state);
      kernel.filter(at.rows, n, groups, at.work, at.sections, count, at.state);
      const output = memory.slice(rows, rows + nChannels * n);
      // A sample that is not finite poisons all that follows in its channel, so the last output tells.
      for (let c = 0; c < nChannels; c++)
        if (fresh[c] === 1 || !isFinite(output[c * n + n - 1]!)) runPieces(c, item, { output, from, to });
      return output;
    },
    restart: () => void fresh.fill(1),
  };
}

interface Piece {
  readonly output: Float32Array;
  readonly from: number;
  readonly to: number;
}

function isFinite(x: number): boolean {
  return x - x === 0;
}
