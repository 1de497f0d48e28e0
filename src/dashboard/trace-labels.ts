import type { Row } from "./derivation.ts";
import type { FeedQuality } from "./feed.ts";
import { font, type Theme } from "./theme.ts";
import type { TraceLayout } from "./trace-painter.ts";

type State = FeedQuality["channels"][number]["state"];

/** Signs that do not need colour. */
const signs: Readonly<Record<State, string>> = { good: "", flat: "–", noisy: "~", missing: "×" };

export interface LabelledRow extends Row {
  readonly colour: string;
  /** Of the worse of its channels; null before it was looked at. */
  readonly state: State | null;
}

/** Where rows are too low for their names, every second one stands in a column of its own. */
const lowRow = 11;

/** Room for names, in pixels of the layout. */
export function labelWidth(rows: readonly Row[], rowHeight: number): number {
  const longest = Math.max(3, ...rows.map(({ label }) => Math.min(10, label.length)));
  return Math.round((rowHeight < lowRow ? 2 : 1) * longest * 6.4 + 24);
}

/** Writes the rows' names beside the traces, with what is wrong with their channels. */
export function paintLabels(
  context: CanvasRenderingContext2D,
  rows: readonly LabelledRow[],
  { layout, ratio, theme }: { readonly layout: TraceLayout; readonly ratio: number; readonly theme: Theme },
): void {
  const width = context.canvas.width / ratio;
  const height = layout.rowHeight / ratio;
  const top = layout.top / ratio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, context.canvas.height / ratio);
  context.textBaseline = "middle";
  context.textAlign = "right";
  const staggered = height < lowRow;
  const size = Math.max(7.5, Math.min(12, staggered ? height * 1.45 : height * 0.95));
  context.font = font(size);
  rows.forEach((row, r) => {
    const right = staggered && r % 2 === 0 ? width / 2 : width - 6;
    const y = top + (r + 0.5) * height;
    const bad = row.state !== null && row.state !== "good";
    context.fillStyle = bad ? theme.bad : row.colour;
    const text = row.label.length > 10 ? `${row.label.slice(0, 9)}…` : row.label;
    context.fillText(bad ? `${signs[row.state]} ${text}` : text, right, y);
  });
}
