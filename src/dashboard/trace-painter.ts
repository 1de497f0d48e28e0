import { averageOf, type ReadChannel, type Row } from "./derivation.ts";

/** How rows lie on a canvas, in its pixels. */
export interface TraceLayout {
  readonly width: number;
  readonly rowHeight: number;
  /** Of the first row's upper edge. */
  readonly top: number;
  readonly pixelsPerSample: number;
}

/** A row as it is drawn. */
export interface DrawnRow extends Row {
  readonly colour: string;
  /** What is drawn at the middle of the row, in the row's unit. */
  baseline: number;
  /** Pixels upward for one unit. */
  gain: number;
}

export interface TraceSource {
  readonly read: ReadChannel;
  readonly averaged: readonly number[];
  /** What is held: from, and up to but not including. */
  readonly begin: number;
  readonly end: number;
}

/** Rows reach this far above and below their middle, then they are cut off. */
const reachRows = 1.6;

/** Reads one row after another of a stretch of samples. */
export function rowReader(source: TraceSource, from: number, n: number): (row: Row) => Float32Array {
  const values = new Float32Array(n);
  const other = new Float32Array(n);
  let average: Float32Array | null = null;
  return ({ channel, less }) => {
    source.read(channel, from, values);
    if (less === null) return values;
    if (less === "average") {
      if (!average) {
        average = new Float32Array(n);
        averageOf(source.read, source.averaged, from)(average);
      }
      for (let i = 0; i < n; i++) values[i]! -= average[i]!;
    } else {
      source.read(less, from, other);
      for (let i = 0; i < n; i++) values[i]! -= other[i]!;
    }
    return values;
  };
}

export interface Stretch {
  /** Columns of pixels, counted from the stream's start: from, and up to but not including. */
  readonly from: number;
  readonly to: number;
  /** The column at the canvas' right edge, not included. */
  readonly right: number;
}

/**
 * Draws the rows within a stretch of columns: through every sample where they lie apart, else from the least to the
 * largest of each column. Columns are cut the same way whichever stretch they are drawn in.
 */
export function paintTraces(
  context: CanvasRenderingContext2D,
  {
    rows,
    layout,
    source,
  }: { readonly rows: readonly DrawnRow[]; readonly layout: TraceLayout; readonly source: TraceSource },
  { from, to, right }: Stretch,
): void {
  const { pixelsPerSample: step, rowHeight, top, width } = layout;
  const first = Math.max(source.begin, Math.floor((from - 2) / step));
  const end = Math.min(source.end, Math.ceil((to + 2) / step));
  if (end <= first) return;
  const read = rowReader(source, first, end - first);
  const left = right - width;
  const reach = reachRows * rowHeight;
  let colour = "";
  context.save();
  context.beginPath();
  context.rect(from - left, 0, to - from, context.canvas.height);
  context.clip();
  rows.forEach((row, r) => {
    if (row.colour !== colour) {
      if (colour !== "") context.stroke();
      ({ colour } = row);
      context.strokeStyle = colour;
      context.beginPath();
    }
    const middle = top + (r + 0.5) * rowHeight;
    const y = (value: number): number =>
      middle - Math.min(reach, Math.max(-reach, (value - row.baseline) * row.gain));
    const values = read(row);
    if (step >= 0.5) through(context, values, { x: (i) => (first + i) * step - left, y });
    else extremes(context, values, { column: (i) => Math.floor((first + i) * step) - left, y });
  });
  if (colour !== "") context.stroke();
  context.restore();
}

function through(
  context: CanvasRenderingContext2D,
  values: Float32Array,
  { x, y }: { readonly x: (i: number) => number; readonly y: (value: number) => number },
): void {
  let isDown = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value - value !== 0) isDown = false;
    else if (isDown) context.lineTo(x(i), y(value));
    else {
      context.moveTo(x(i), y(value));
      isDown = true;
    }
  }
}

function extremes(
  context: CanvasRenderingContext2D,
  values: Float32Array,
  { column, y }: { readonly column: (i: number) => number; readonly y: (value: number) => number },
): void {
  let isDown = false;
  let at = column(0);
  let low = Infinity;
  let high = -Infinity;
  const draw = (): void => {
    if (low > high) {
      isDown = false;
      return;
    }
    if (isDown) context.lineTo(at + 0.5, y(low));
    else context.moveTo(at + 0.5, y(low));
    context.lineTo(at + 0.5, y(high) - 0.5); // a flat line is seen too
    isDown = true;
  };
  for (let i = 0; i < values.length; i++) {
    const here = column(i);
    if (here !== at) {
      draw();
      at = here;
      low = Infinity;
      high = -Infinity;
    }
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  draw();
}
