import type { ByteSource } from "../byte-source.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { LocalTime } from "../local-time.ts";
import { parseGdfTime, type GdfHeader } from "./header.ts";

/** An entry of the event table at the end of a GDF file. */
export interface GdfEvent {
  /** In samples of the table's rate, from 0. (Files count from 1; -1 comes of a 0 in one.) */
  readonly position: number;
  readonly type: number;
  /** Counted from 1; 0 for all channels. */
  readonly channel: number;
  /** In samples of the table's rate; null where the table does not say. */
  readonly duration: number | null;
  /** Where the duration stands, four bytes: a sparse channel's sample stands in its place. */
  readonly bytes: DataView | null;
  readonly time: LocalTime | null;
}

export interface EventTable {
  /** Samples a second in which positions count; null where it is that of the data. */
  readonly rate: number | null;
  /** By position, those at the same one in the file's order. */
  readonly events: readonly GdfEvent[];
}

/** A new segment after a break, and a sample of a sparse channel (GDF event codes). */
export const newSegment = 0x7ffe;
export const sparseSample = 0x7fff;

/** Set in the type of an event that says where the one of the rest of its type ends. */
const endOfEvent = 0x8000;

const none: EventTable = { rate: null, events: [] };

/**
 * Reads the event table. What is damaged of it is a diagnostic: the samples are none the worse.
 * @param at behind the last data record
 */
export async function readEvents(
  source: ByteSource,
  { header, at }: { readonly header: GdfHeader; readonly at: number },
  diagnostics: Diagnostics,
): Promise<EventTable> {
  const left = source.size - at;
  if (left <= 0) return none;
  const fault = (message: string): void =>
    diagnostics.add({ code: "GDF_EVENTS", message, place: { byte: at } });
  const head = await source.read(at, Math.min(left, 8));
  if (head.length < 8) {
    fault(`${left} bytes after the last data record are no event table; left out`);
    return none;
  }
  const view = new DataView(head.buffer, head.byteOffset, 8);
  const mode = view.getUint8(0);
  // bit 0: position and type, bit 1: channel and duration, bit 2: time stamp
  if (mode > 7 || (mode & 1) === 0) {
    fault(`an event table of mode ${mode} is not known (byte ${at}); read without events`);
    return none;
  }
  const old = Number(header.version) < 1.94;
  const rate24 = view.getUint8(1) | (view.getUint8(2) << 8) | (view.getUint8(3) << 16);
  const count = old ? view.getUint32(4, true) : rate24;
  const rate = old ? rate24 : view.getFloat32(4, true);
  const widths = [4, 2, mode & 2 ? 2 : 0, mode & 2 ? 4 : 0, mode & 4 ? 8 : 0];
  const entryBytes = widths.reduce((sum, width) => sum + width, 0);
  const whole = Math.min(count, Math.floor((left - 8) / 4));
  if (8 + count * entryBytes > left)
    fault(
      `the event table declares ${count} events of ${entryBytes} bytes (byte ${at}), the file holds ${left - 8} bytes of them; what is whole of them was read`,
    );
  else if (8 + count * entryBytes < left)
    diagnostics.add({
      code: "GDF_TRAILING_BYTES",
      message: `${left - 8 - count * entryBytes} bytes after the event table were left out`,
      place: { byte: at + 8 + count * entryBytes },
    });
  // The table is one array after the other, positions first: a type that is missing leaves nothing of an event.
  const typesAt = 4 * count;
  const nRead = Math.min(whole, Math.max(0, Math.floor((left - 8 - typesAt) / 2)));
  if (nRead === 0) return none;
  const bytes = await source.read(at + 8, Math.min(left - 8, count * entryBytes));
  const table = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: GdfEvent[] = [];
  for (let i = 0; i < nRead; i++) {
    const place = (field: number): number | null => {
      const width = widths[field]!;
      let start = i * width;
      for (let before = 0; before < field; before++) start += count * widths[before]!;
      return width > 0 && start + width <= bytes.length ? start : null;
    };
    const [channel, duration, time] = [place(2), place(3), place(4)];
    const stamp =
      time === null ? null : parseGdfTime(table.getUint32(time, true), table.getUint32(time + 4, true));
    events.push({
      position: table.getUint32(4 * i, true) - 1,
      type: table.getUint16(typesAt + 2 * i, true),
      channel: channel === null ? 0 : table.getUint16(channel, true),
      duration: duration === null ? null : table.getUint32(duration, true),
      bytes: duration === null ? null : new DataView(bytes.buffer, bytes.byteOffset + duration, 4),
      time: stamp ?? null,
    });
  }
  const ordered = events.sort((a, b) => a.position - b.position);
  return {
    rate: rate > 0 && rate < 1e9 ? rate : null,
    events: mode & 2 ? ordered : joined(ordered),
  };
}

/** In a table without durations, an event's end is an event of its own: the two become one. */
function joined(events: readonly GdfEvent[]): GdfEvent[] {
  const open = new Map<number, number>();
  const all: (GdfEvent | null)[] = [];
  for (const event of events) {
    const start = open.get(event.type - endOfEvent);
    if (event.type >= endOfEvent && start !== undefined) {
      all[start] = { ...all[start]!, duration: event.position - all[start]!.position };
      open.delete(event.type - endOfEvent);
    } else {
      open.set(event.type, all.length);
      all.push(event);
    }
  }
  return all.filter((event) => event !== null);
}
