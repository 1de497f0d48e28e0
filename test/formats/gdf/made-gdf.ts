/** Makes GDF files for tests: enough of the format to try what no file at hand has. */

interface MadeSignal {
  readonly label?: string;
  readonly unitCode?: number;
  /** Code of the type of its samples. */
  readonly type: number;
  readonly samplesPerRecord: number;
  readonly physical?: readonly [min: number, max: number];
  readonly digital?: readonly [min: number, max: number];
}

interface MadeEvent {
  /** From 1. */
  readonly position: number;
  readonly type: number;
  readonly channel?: number;
  readonly duration?: number;
  /** Days since the year 0. */
  readonly time?: number;
}

export interface MadeGdf {
  readonly version?: string;
  readonly signals: readonly MadeSignal[];
  readonly nRecords?: number;
  readonly duration?: readonly [num: number, den: number];
  readonly startDays?: number;
  readonly data: Uint8Array;
  readonly events?: { readonly mode: number; readonly rate: number; readonly list: readonly MadeEvent[] };
}

/** A file of layout 2 (version 2.20), or 1 for versions below 1.90. */
export function makeGdf(made: MadeGdf): Uint8Array {
  const { version = "2.20", signals, nRecords = 1, duration = [1, 1], startDays = 0, data, events } = made;
  const old = Number(version) < 1.9;
  const length = 256 * (signals.length + 1);
  const header = new Uint8Array(length);
  const view = new DataView(header.buffer);
  const put = (text: string, at: number): void => header.set(new TextEncoder().encode(text), at);
  put(`GDF ${version}`, 0);
  if (old) {
    put("2024030510150050", 168);
    view.setBigInt64(184, BigInt(length), true);
    view.setUint32(252, signals.length, true);
  } else {
    view.setUint32(168, Math.round((startDays % 1) * 2 ** 32), true);
    view.setUint32(172, Math.floor(startDays), true);
    view.setUint16(184, length / 256, true);
    view.setUint16(252, signals.length, true);
  }
  view.setBigInt64(236, BigInt(nRecords), true);
  view.setUint32(244, duration[0], true);
  view.setUint32(248, duration[1], true);
  const n = signals.length;
  signals.forEach((signal, i) => {
    const { physical = [0, 1], digital = [0, 1] } = signal;
    const at = (offset: number, width: number): number => 256 + offset * n + i * width;
    put((signal.label ?? `S${i + 1}`).padEnd(16), at(0, 16));
    if (old) put("uV      ", at(96, 8));
    else view.setUint16(at(102, 2), signal.unitCode ?? 4275, true);
    view.setFloat64(at(104, 8), physical[0], true);
    view.setFloat64(at(112, 8), physical[1], true);
    for (const k of [0, 1] as const)
      if (old) view.setBigInt64(at(120 + 8 * k, 8), BigInt(digital[k]), true);
      else view.setFloat64(at(120 + 8 * k, 8), digital[k], true);
    view.setUint32(at(216, 4), signal.samplesPerRecord, true);
    view.setUint32(at(220, 4), signal.type, true);
  });
  return Uint8Array.from([...header, ...data, ...(events ? eventTable(events, old) : [])]);
}

function eventTable({ mode, rate, list }: NonNullable<MadeGdf["events"]>, old: boolean): Uint8Array {
  const widths = [4, 2, mode & 2 ? 2 : 0, mode & 2 ? 4 : 0, mode & 4 ? 8 : 0];
  const bytes = new Uint8Array(8 + list.length * widths.reduce((a, b) => a + b));
  const view = new DataView(bytes.buffer);
  const put24 = (value: number): void => bytes.set([value & 255, (value >> 8) & 255, value >> 16], 1);
  bytes[0] = mode;
  if (old) {
    put24(rate);
    view.setUint32(4, list.length, true);
  } else {
    put24(list.length);
    view.setFloat32(4, rate, true);
  }
  let at = 8;
  for (const event of list) view.setUint32((at += 4) - 4, event.position, true);
  for (const event of list) view.setUint16((at += 2) - 2, event.type, true);
  if (mode & 2) for (const event of list) view.setUint16((at += 2) - 2, event.channel ?? 0, true);
  if (mode & 2) for (const event of list) view.setUint32((at += 4) - 4, event.duration ?? 0, true);
  if (mode & 4)
    for (const { time = 0 } of list) {
      view.setUint32(at, Math.round((time % 1) * 2 ** 32), true);
      view.setUint32(at + 4, Math.floor(time), true);
      at += 8;
    }
  return bytes;
}
