import type { Samples } from "../eeg/item.ts";
import type { ByteSource } from "../formats/byte-source.ts";
import { crc32 } from "./crc32.ts";

/**
 * The exact samples of a capture, which no EDF can hold: one frame after the other, each with its checksum, so that a
 * file that was cut off anywhere is good up to its last whole frame. Little-endian:
 *
 *    0 u32 0x31535742 ("BWS1")   4 u32 CRC-32 of all that follows   8 u32 segment   12 u32 channels
 *   16 f64 start, index of the first sample                        24 u32 samples  28 u32 zero
 *   32 f32 data, channel after channel, all samples of each; NaN: missing
 */
const magic = 0x31535742;
const headerBytes = 32;

export interface SamplesFrame {
  /** Counted by the capture, from 0. */
  readonly segment: number;
  readonly nChannels: number;
  readonly samples: Samples;
}

export function formatFrame({ segment, nChannels, samples }: SamplesFrame): Uint8Array {
  const { start, nSamples, data } = samples;
  const bytes = new Uint8Array(headerBytes + 4 * nChannels * nSamples);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(8, segment, true);
  view.setUint32(12, nChannels, true);
  view.setFloat64(16, start, true);
  view.setUint32(24, nSamples, true);
  for (let i = 0; i < data.length; i++) view.setFloat32(headerBytes + 4 * i, data[i]!, true);
  view.setUint32(4, crc32(bytes.subarray(8)), true);
  return bytes;
}

/** How a file of frames ends: where it should, within a frame, or at one that is damaged. */
export interface FramesEnd {
  readonly state: "whole" | "cut" | "damaged";
  /** Of the first byte that belongs to no good frame. */
  readonly byte: number;
}

export interface PlacedFrame extends SamplesFrame {
  /** Where it begins in the file. */
  readonly byte: number;
}

/** More than one frame ever holds: larger numbers are damage. */
const longestFrame = 2 ** 28;
const readBytes = 2 ** 20;

/**
 * The frames of a file from a byte on, as far as they are good; returns how they end. What a disk leaves where a file
 * grew as the power failed, zeros, counts as cut.
 */
export async function* readFrames(
  source: ByteSource,
  from = 0,
): AsyncGenerator<PlacedFrame, FramesEnd, undefined> {
  let held: Uint8Array = new Uint8Array(0);
  let heldAt = from;
  /** Exactly these bytes, which the file has. */
  async function take(byte: number, length: number): Promise<Uint8Array> {
    if (byte < heldAt || byte + length > heldAt + held.length) {
      held = await source.read(byte, Math.min(source.size - byte, Math.max(length, readBytes)));
      heldAt = byte;
    }
    return held.subarray(byte - heldAt, byte - heldAt + length);
  }

  async function zerosFrom(first: number): Promise<boolean> {
    for (let byte = first; byte < source.size; byte += readBytes) {
      const bytes = await source.read(byte, Math.min(readBytes, source.size - byte));
      if (bytes.some((value) => value !== 0)) return false;
    }
    return true;
  }

  for (let byte = from; ;) {
    const left = source.size - byte;
    if (left === 0) return { state: "whole", byte };
    if (left < headerBytes) return { state: "cut", byte };
    const header = await take(byte, headerBytes);
    const view = new DataView(header.buffer, header.byteOffset, headerBytes);
    const nChannels = view.getUint32(12, true);
    const nSamples = view.getUint32(24, true);
    const length = 4 * nChannels * nSamples;
    if (view.getUint32(0, true) !== magic || length === 0 || length > longestFrame)
      return { state: (await zerosFrom(byte)) ? "cut" : "damaged", byte };
    if (left < headerBytes + length) return { state: "cut", byte };
    const frame = await take(byte, headerBytes + length);
    const body = new DataView(frame.buffer, frame.byteOffset, frame.length);
    if (crc32(frame.subarray(8)) !== body.getUint32(4, true))
      return { state: (await zerosFrom(byte + frame.length - 8)) ? "cut" : "damaged", byte };
    const data = new Float32Array(length / 4);
    for (let i = 0; i < data.length; i++) data[i] = body.getFloat32(headerBytes + 4 * i, true);
    const samples = { kind: "samples", start: body.getFloat64(16, true), data, nSamples } as const;
    yield { byte, segment: body.getUint32(8, true), nChannels, samples };
    byte += headerBytes + length;
  }
}
