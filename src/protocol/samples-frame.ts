import type { Samples } from "../eeg/item.ts";
import { ProtocolError } from "./protocol-error.ts";

/**
 * Samples on the wire, as a binary frame. Everything is little-endian and lies at a multiple of its own size;
 * PROTOCOL.md ("Samples as binary frames") shows the table.
 *
 *   0 u8 version   1 u8 kind       2 u16 flags   4 u32 stream
 *   8 u64 start   16 i64 time     24 u32 segment
 *  28 u16 channels 30 u16 zero    32 u32 samples  36 u32 zero
 *  40 float32 data, channel after channel, filled up to a multiple of 8; then the validity mask, likewise
 */
export interface SamplesFrame {
  /** The server's number for the stream. */
  readonly stream: number;
  readonly segment: number;
  /** Of the first sample, nanoseconds since 1970 on the server's clock; null where nobody knows. */
  readonly timeNs: bigint | null;
  readonly nChannels: number;
  readonly samples: Samples;
}

const frameVersion = 1;
const headerBytes = 40;
const samplesKind = 1;
const maskFlag = 1;
/** Stands for an unknown time: the smallest i64. */
const unknownTime = -(2n ** 63n);

/** Bytes of the frame that holds these many numbers. */
function frameBytes(nChannels: number, nSamples: number, masked: boolean): number {
  const values = nChannels * nSamples;
  return headerBytes + roundUp(values * 4) + (masked ? roundUp(Math.ceil(values / 8)) : 0);
}

/**
 * Bytes of a frame. NaN becomes a zero whose bit in the validity mask is 0.
 * @throws ProtocolError PROTOCOL_FRAME if a number is infinite: nothing may be made of it at the other end
 */
export function formatSamplesFrame({
  stream,
  segment,
  timeNs,
  nChannels,
  samples,
}: SamplesFrame): Uint8Array {
  const { start, data, nSamples } = samples;
  const values = nChannels * nSamples;
  if (data.length !== values)
    throw new RangeError(`samples: expected ${nChannels} x ${nSamples} numbers, got ${data.length}`);
  const masked = needsMask(data, nSamples);
  const bytes = new Uint8Array(frameBytes(nChannels, nSamples, masked));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, frameVersion);
  view.setUint8(1, samplesKind);
  view.setUint16(2, masked ? maskFlag : 0, true);
  view.setUint32(4, stream, true);
  view.setBigUint64(8, BigInt(start), true);
  view.setBigInt64(16, timeNs ?? unknownTime, true);
  view.setUint32(24, segment, true);
  view.setUint16(28, nChannels, true);
  view.setUint32(32, nSamples, true);
  const body = new Float32Array(bytes.buffer, headerBytes, values);
  body.set(data);
  if (masked) {
    const mask = bytes.subarray(headerBytes + roundUp(values * 4));
    for (let i = 0; i < values; i++) {
      if (Number.isNaN(data[i]!)) body[i] = 0;
      else mask[i >> 3]! |= 1 << (i & 7);
    }
  }
  return bytes;
}

/**
 * Reads a frame; the numbers are copied out of it.
 * @throws ProtocolError PROTOCOL_VERSION, PROTOCOL_FRAME
 */
export function parseSamplesFrame(bytes: Uint8Array): SamplesFrame {
  if (bytes.length < headerBytes) fail(`expected a header of ${headerBytes} bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint8(0);
  if (version !== frameVersion)
    throw new ProtocolError("PROTOCOL_VERSION", `binary frame: expected version 1, got ${version}`);
  if (view.getUint8(1) !== samplesKind) fail(`expected kind 1 (samples), got ${view.getUint8(1)}`);
  const flags = view.getUint16(2, true);
  if ((flags & ~maskFlag) !== 0) fail(`unknown flags 0x${flags.toString(16)}`);
  if (view.getUint16(30, true) !== 0 || view.getUint32(36, true) !== 0) fail("reserved bytes are not zero");
  const nChannels = view.getUint16(28, true);
  const nSamples = view.getUint32(32, true);
  if (nChannels === 0 || nSamples === 0) fail(`expected samples, got ${nChannels} channels x ${nSamples}`);
  const start = view.getBigUint64(8, true);
  if (start + BigInt(nSamples) > BigInt(Number.MAX_SAFE_INTEGER)) fail(`sample index ${start} is too large`);
  const masked = (flags & maskFlag) !== 0;
  const expected = frameBytes(nChannels, nSamples, masked);
  if (bytes.length !== expected)
    fail(`${nChannels} channels x ${nSamples} samples take ${expected} bytes, got ${bytes.length}`);
  const data = copyFloats(bytes, nChannels * nSamples);
  if (masked) blank(data, bytes.subarray(headerBytes + roundUp(data.length * 4)));
  else if (needsMask(data, nSamples)) fail("NaN among the samples: what is missing is told by the mask");
  const time = view.getBigInt64(16, true);
  return {
    stream: view.getUint32(4, true),
    segment: view.getUint32(24, true),
    timeNs: time === unknownTime ? null : time,
    nChannels,
    samples: { kind: "samples", start: Number(start), data, nSamples },
  };
}

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function copyFloats(bytes: Uint8Array, length: number): Float32Array {
  const body = new Uint8Array(bytes.subarray(headerBytes, headerBytes + length * 4)); // a Buffer's slice is no copy
  if (hostIsLittleEndian) return new Float32Array(body.buffer, 0, length);
  const view = new DataView(body.buffer);
  return Float32Array.from({ length }, (_, i) => view.getFloat32(i * 4, true));
}

/** Makes NaN of what the mask says is missing. */
function blank(data: Float32Array, mask: Uint8Array): void {
  for (let i = 0; i < data.length; i++) {
    if ((mask[i >> 3]! & (1 << (i & 7))) === 0) data[i] = Number.NaN;
    else if (!Number.isFinite(data[i]!)) fail(`value ${i} is ${data[i]} though the mask says it is valid`);
  }
}

/** Whether a number is missing. */
function needsMask(data: Float32Array, nSamples: number): boolean {
  let masked = false;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value - value === 0) continue; // finite
    if (!Number.isNaN(value))
      fail(
        `channel ${Math.floor(i / nSamples)}, sample ${i % nSamples}: expected a finite number, got ${value}`,
      );
    masked = true;
  }
  return masked;
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function fail(what: string): never {
  throw new ProtocolError("PROTOCOL_FRAME", `binary frame: ${what}`);
}
