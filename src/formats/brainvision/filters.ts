import type { RecordedFilter } from "../filters.ts";

/**
 * Filters of each channel from the tables that the recorder writes into the comment: those of the amplifier
 * first, then those of its software. They are text for people; a row that does not fit its heading is passed over.
 */
export function parseFilterTables(comment: readonly string[], nChannels: number): RecordedFilter[][] {
  const channels: RecordedFilter[][] = Array.from({ length: nChannels }, () => []);
  let columns: Columns | null = null;
  for (const line of comment) {
    const cells = line.trim().split(/\s{2,}|\t/);
    if (cells[0] === "#") columns = parseHeading(cells);
    else if (columns && /^\d+$/.test(cells[0]!)) {
      const channel = channels[Number(cells[0]) - 1];
      const filter = channel && parseRow(cells, columns);
      if (filter) channel.push(filter);
    } else columns = null;
  }
  return channels;
}

interface Columns {
  readonly highpass: number;
  readonly lowpass: number;
  readonly notch: number;
  readonly highpassSeconds: boolean;
  readonly lowpassSeconds: boolean;
}

function parseHeading(cells: readonly string[]): Columns | null {
  const at = (form: RegExp): number => cells.findIndex((cell) => form.test(cell));
  const columns = { highpass: at(/^low cutoff/i), lowpass: at(/^high cutoff/i), notch: at(/^notch/i) };
  if (columns.highpass < 0 || columns.lowpass < 0) return null;
  return {
    ...columns,
    highpassSeconds: /\[s\]/i.test(cells[columns.highpass]!),
    lowpassSeconds: /\[s\]/i.test(cells[columns.lowpass]!),
  };
}

function parseRow(cells: readonly string[], columns: Columns): RecordedFilter | null {
  const frequency = (column: number, inSeconds: boolean): number | null => {
    const value = Number((cells[column] ?? "").replace(",", "."));
    if (!(value > 0 && value < 1e9)) return null; // DC, Off
    return inSeconds ? 1 / (2 * Math.PI * value) : value; // a time constant
  };
  const filter = {
    highpassHz: frequency(columns.highpass, columns.highpassSeconds),
    lowpassHz: frequency(columns.lowpass, columns.lowpassSeconds),
    notchHz: columns.notch < 0 ? null : frequency(columns.notch, false),
  };
  return filter.highpassHz === null && filter.lowpassHz === null && filter.notchHz === null ? null : filter;
}
