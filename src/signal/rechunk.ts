import type { Item, Samples } from "../eeg/item.ts";
import type { StageFactory } from "../eeg/stage.ts";
import { advance } from "./position.ts";

/**
 * Cuts a stream anew, at whole multiples of `nSamples` on its grid; a piece is shorter only where a gap or the end
 * cuts it off. Nothing else changes.
 * @throws RangeError unless `nSamples` is a positive integer
 */
export function rechunkStage(nSamples: number): StageFactory {
  if (!(Number.isSafeInteger(nSamples) && nSamples > 0))
    throw new RangeError(`rechunk: expected a positive integer, got ${nSamples}`);
  return (input) => {
    const nChannels = input.channels.length;
    let position = 0;
    let piece: Samples | null = null; // being filled, up to `position`

    function begin(): Samples {
      const length = nSamples - (position % nSamples);
      const data = new Float32Array(nChannels * length);
      return { kind: "samples", start: position, data, nSamples: length };
    }

    function cutOff(): readonly Samples[] {
      if (piece === null) return [];
      const { data, nSamples: stride, start } = piece;
      const length = position - start;
      const short = new Float32Array(nChannels * length);
      for (let c = 0; c < nChannels; c++)
        short.set(data.subarray(c * stride, c * stride + length), c * length);
      piece = null;
      return [{ kind: "samples", start, data: short, nSamples: length }];
    }

    return {
      output: input,
      push(item): readonly Item[] {
        if (item.kind === "marker") return [item];
        const end = advance(position, item);
        if (item.kind === "gap") {
          const rest = cutOff();
          position = end;
          return [...rest, item];
        }
        const pieces: Samples[] = [];
        while (position < end) {
          piece ??= begin();
          const step = Math.min(end, piece.start + piece.nSamples) - position;
          for (let c = 0; c < nChannels; c++) {
            const from = c * item.nSamples + position - item.start;
            const to = c * piece.nSamples + position - piece.start;
            for (let i = 0; i < step; i++) piece.data[to + i] = item.data[from + i]!;
          }
          position += step;
          if (position === piece.start + piece.nSamples) {
            pieces.push(piece);
            piece = null;
          }
        }
        return pieces;
      },
      end: cutOff,
    };
  };
}
