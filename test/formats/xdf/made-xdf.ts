/** Makes XDF files for tests: enough of the format to try what no file at hand has. */

export type Part = readonly number[] | Uint8Array;

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function little(value: number, width: 1 | 2 | 4 | 8): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return [...bytes.subarray(0, width)];
}

function double(value: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return [...bytes];
}

/** A chunk, its length written in 1, 4 or 8 bytes. */
export function chunk(tag: number, content: Part, width: 1 | 4 | 8 = 4): number[] {
  return [width, ...little(content.length + 2, width), ...little(tag, 2), ...content];
}

export const boundary: readonly number[] = chunk(
  5,
  [0x43, 0xa5, 0x46, 0xdc, 0xcb, 0xf5, 0x41, 0x0f, 0xb3, 0x0e, 0xd5, 0x46, 0x73, 0x83, 0xcb, 0xe4],
  1,
);

export interface MadeStream {
  readonly id: number;
  readonly name?: string;
  readonly type?: string;
  readonly nChannels?: number;
  readonly rate: number | string;
  readonly format: string;
  readonly desc?: string;
}

export function streamHeader({
  id,
  name = "S",
  type = "EEG",
  nChannels = 1,
  rate,
  format,
  desc = "",
}: MadeStream): number[] {
  const xml = `<?xml version="1.0"?><info><name>${name}</name><type>${type}</type><channel_count>${nChannels}</channel_count><nominal_srate>${rate}</nominal_srate><channel_format>${format}</channel_format><source_id></source_id><desc>${desc}</desc></info>`;
  return chunk(2, [...little(id, 4), ...text(xml)]);
}

export interface MadeSample {
  readonly stamp?: number;
  /** The stored bytes of all channels. */
  readonly bytes: Part;
}

export function samples(id: number, list: readonly MadeSample[], width: 1 | 4 | 8 = 1): number[] {
  const content = [...little(id, 4), width, ...little(list.length, width)];
  for (const { stamp, bytes } of list) {
    if (stamp === undefined) content.push(0);
    else content.push(8, ...double(stamp));
    content.push(...bytes);
  }
  return chunk(3, content);
}

export function offset(id: number, time: number, value: number): number[] {
  return chunk(4, [...little(id, 4), ...double(time), ...double(value)]);
}

export const float32 = (...values: readonly number[]): Uint8Array =>
  new Uint8Array(Float32Array.from(values).buffer);

export const string = (value: string): number[] => [1, text(value).length, ...text(value)];

export function makeXdf(...chunks: readonly Part[]): Uint8Array {
  const datetime = "2026-01-01T10:00:00+0100";
  const header = chunk(
    1,
    text(`<?xml version="1.0"?><info><version>1.0</version><datetime>${datetime}</datetime></info>`),
  );
  return Uint8Array.from([...text("XDF:"), ...header, ...chunks.flatMap((part) => [...part])]);
}
