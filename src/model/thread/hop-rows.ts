import { tokenNumbers } from "../../tokens/token.ts";
import type { EncoderSizes } from "../encoder.ts";
import { unseen } from "../graph/layer-graph.ts";
import type { Feed } from "./graph-session.ts";

/**
 * What the hop graph (`graph/hop-graph.ts`) is given at every run: the keys and values of as many streams as it has
 * rows. A stream stays in its row, and no operation of the graph reaches from one row to another: so who else is
 * there changes none of its bits.
 */
export interface HopRows {
  /** Empties a row: a new stream begins in it. */
  clear(row: number): void;
  /** Puts a stream's next patch into its row. Rows that get none are computed in vain. */
  put(row: number, patch: number, token: Float32Array): void;
  /** Of the graph's inputs, by name; the same tensors every time. */
  readonly feeds: Readonly<Record<string, Feed>>;
  /** Puts the new keys and values of the rows that got a patch into their caches. */
  keep(outputs: Readonly<Record<string, Feed>>): void;
}

export function createHopRows(sizes: EncoderSizes, rows: number): HopRows {
  const { width, layers, heads, window } = sizes;
  const numbers = tokenNumbers(sizes);
  const places = window - 1;
  const each = width / heads;
  const feeds: Record<string, Feed> = {
    token: feed([rows, numbers]),
    age: feed([rows, places]),
    mask: feed([rows, places]),
  };
  for (let l = 0; l < layers; l++) {
    feeds[`keys.${l}`] = feed([rows, heads, each, places]);
    feeds[`values.${l}`] = feed([rows, heads, places, each]);
  }
  const tokens = feeds["token"]!.data;
  const age = feeds["age"]!.data;
  const mask = feeds["mask"]!.data.fill(unseen);
  /** Patch in each place of each row, and the place that the row's next patch goes to. */
  const held = new Float64Array(rows * places).fill(-Infinity);
  const next = new Uint32Array(rows);
  /** Patch that each row got since the last `keep`, or NaN. */
  const fresh = new Float64Array(rows).fill(NaN);

  function clear(row: number): void {
    held.fill(-Infinity, row * places, (row + 1) * places);
    mask.fill(unseen, row * places, (row + 1) * places);
    next[row] = 0;
  }

  function put(row: number, patch: number, token: Float32Array): void {
    tokens.set(token, row * numbers);
    fresh[row] = patch;
    for (let i = row * places; i < (row + 1) * places; i++) {
      const distance = patch - held[i]!;
      const seen = distance < window;
      age[i] = seen ? distance : 0;
      mask[i] = seen ? 0 : unseen;
    }
  }

  function keep(outputs: Readonly<Record<string, Feed>>): void {
    if (places === 0) return;
    for (let row = 0; row < rows; row++) {
      const patch = fresh[row]!;
      if (Number.isNaN(patch)) continue;
      fresh[row] = NaN;
      const place = next[row]!;
      held[row * places + place] = patch;
      next[row] = (place + 1) % places;
      for (let l = 0; l < layers; l++) {
        const keys = feeds[`keys.${l}`]!.data;
        const values = feeds[`values.${l}`]!.data;
        const key = outputs[`key.${l}`]!.data;
        const value = outputs[`value.${l}`]!.data;
        for (let i = row * width; i < (row + 1) * width; i++) {
          // [row, head, each] into [row, head, each, places] and [row, head, places, each]
          keys[i * places + place] = key[i]!;
          const head = Math.floor(i / each);
          values[(head * places + place) * each + (i - head * each)] = value[i]!;
        }
      }
    }
  }

  return { clear, put, feeds, keep };
}

function feed(shape: readonly number[]): Feed {
  return { data: new Float32Array(shape.reduce((product, n) => product * n, 1)), shape };
}
