import type { Gap, Marker } from "../eeg/item.ts";
import type { StageFactory } from "../eeg/stage.ts";
import { createHeld } from "./held.ts";
import { advance } from "./position.ts";

/** A stretch of samples for models that decode it as a whole. It is no `Samples`, so that no filter takes it. */
export interface Window {
  readonly kind: "window";
  /** Index of the first sample on the stream's grid. */
  readonly start: number;
  /** Channel after channel, `nSamples` of each. */
  readonly data: Float32Array;
  readonly nSamples: number;
}

export interface WindowOptions {
  /** Samples in a window. */
  readonly length: number;
  /** Samples from the start of one to the start of the next. */
  readonly hop: number;
}

/**
 * Cuts a stream into windows that start at whole multiples of `hop` on its grid. A window that would touch a gap
 * is left out; gaps and markers go on.
 * @throws RangeError unless both options are positive integers
 */
export function windowsStage({ length, hop }: WindowOptions): StageFactory<Window | Gap | Marker> {
  if (!(Number.isSafeInteger(length) && length > 0 && Number.isSafeInteger(hop) && hop > 0))
    throw new RangeError(`windows: expected length and hop as positive integers, got ${length} and ${hop}`);
  return (input) => {
    const nChannels = input.channels.length;
    const held = createHeld(nChannels, length);
    let position = 0;
    let next = 0; // where the next window starts

    function cut(): Window {
      const data = new Float32Array(nChannels * length);
      const from = held.offset + next - held.from;
      for (let c = 0; c < nChannels; c++)
        data.set(held.data.subarray(c * held.stride + from, c * held.stride + from + length), c * length);
      return { kind: "window", start: next, data, nSamples: length };
    }

    return {
      output: input,
      push(item) {
        if (item.kind === "marker") return [item];
        const end = advance(position, item);
        if (item.kind === "gap") {
          position = end;
          next = Math.ceil(end / hop) * hop;
          held.clear(end);
          return [item];
        }
        const windows: Window[] = [];
        while (position < end) {
          const step = Math.min(held.room, end - position);
          held.append(item, position - item.start, position - item.start + step);
          position += step;
          for (; next + length <= position; next += hop) windows.push(cut());
          held.forget(next);
        }
        return windows;
      },
      end: () => [],
    };
  };
}
