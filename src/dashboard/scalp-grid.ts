import type { Position } from "../eeg/stream-info.ts";
import { splineWeights } from "../signal/splines.ts";

/** A picture of the head from above, nose up: which pixels lie on it, and how each is mixed from the electrodes. */
export interface ScalpGrid {
  /** Pixels a side. */
  readonly size: number;
  /** Pixel numbers, row after row from the top left, of those that are drawn. */
  readonly pixels: Uint32Array;
  /** [pixel, electrode] */
  readonly weights: Float64Array;
  /** Where the electrodes are, x to the right and y down, 1 the head's radius. */
  readonly electrodes: readonly (readonly [x: number, y: number])[];
}

/** The picture reaches a little below the circle through Fpz, T7, Oz and T8, which is drawn as the head. */
export const scalpReach = 1.12;

/**
 * Azimuthal projection, true to distances from the vertex: the equator of the electrodes' sphere is the head's outline.
 * @returns null for fewer than 4 electrodes, from which no map can be drawn
 */
export function scalpGrid(positions: readonly Position[], size: number): ScalpGrid | null {
  const apart = positions.filter(
    (a, i) => !positions.some((b, j) => j < i && Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) < 1e-6),
  );
  if (positions.length < 4 || apart.length < positions.length) return null;
  const pixels: number[] = [];
  const places: Position[] = [];
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const x = (((column + 0.5) / size) * 2 - 1) * scalpReach;
      const y = (((row + 0.5) / size) * 2 - 1) * scalpReach;
      if (Math.hypot(x, y) > scalpReach) continue;
      pixels.push(row * size + column);
      places.push(onSphere(x, y));
    }
  return {
    size,
    pixels: Uint32Array.from(pixels),
    weights: splineWeights(positions, places),
    electrodes: positions.map(onScalp),
  };
}

/** Where a place of the unit sphere is drawn. */
function onScalp([x, y, z]: Position): readonly [x: number, y: number] {
  const across = Math.hypot(x, y);
  if (across === 0) return [0, 0];
  const radius = Math.atan2(across, z) / (Math.PI / 2);
  return [(x / across) * radius, (-y / across) * radius];
}

function onSphere(x: number, y: number): Position {
  const radius = Math.hypot(x, y);
  if (radius === 0) return [0, 0, 1];
  const angle = (radius * Math.PI) / 2;
  return [(x / radius) * Math.sin(angle), (-y / radius) * Math.sin(angle), Math.cos(angle)];
}

/**
 * The picture of one value at each electrode.
 * @param out one number a drawn pixel
 */
export function interpolate(
  { weights, electrodes }: ScalpGrid,
  values: Float64Array,
  out: Float64Array,
): void {
  const n = electrodes.length;
  for (let p = 0; p < out.length; p++) {
    let sum = 0;
    for (let e = 0; e < n; e++) sum += weights[p * n + e]! * values[e]!;
    out[p] = sum;
  }
}
