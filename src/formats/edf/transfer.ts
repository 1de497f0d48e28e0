import { EegError } from "../../eeg/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { EdfHeader } from "./header.ts";

/** How much of the data is looked at. */
const lookedAtBytes = 1 << 18;

const [LF, CR] = [0x0a, 0x0d];

/**
 * Finds out whether the bytes went through something that took them for text: their values would be noise
 * and nothing would say so. Refused where the size is wrong too; a mere suspicion is a diagnostic.
 * @throws EegError EDF_HEADER
 */
export async function checkTransfer(
  source: ByteSource,
  header: EdfHeader,
  diagnostics: Diagnostics,
): Promise<void> {
  const available = source.size - header.dataOffset;
  const declared = header.nRecordsDeclared;
  const surplus =
    declared === null || source.grown
      ? available % header.recordBytes
      : available - declared * header.recordBytes;
  const bytes = await source.read(header.dataOffset, Math.min(available, lookedAtBytes));
  const counts = byteCounts(bytes);
  const damage = surplus === 0 ? null : sizeChanged(bytes, counts, surplus);
  if (damage)
    throw new EegError(
      "EDF_HEADER",
      `${source.name}: the data records are damaged: ${damage}, and the file is ${Math.abs(surplus)} bytes too ${surplus > 0 ? "long" : "short"}; copy the original again in binary mode`,
    );
  const suspicion = sizeKept(bytes, counts, header);
  if (suspicion)
    diagnostics.add({
      code: "EDF_TRANSFER",
      message: `${suspicion}; compare the file with the original`,
      place: { byte: header.dataOffset },
    });
}

function byteCounts(bytes: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < bytes.length; i++) counts[bytes[i]!]!++; // an iterator would make an object a byte
  return counts;
}

/** What a transfer as text did that also changed the size, or null. */
function sizeChanged(bytes: Uint8Array, counts: Uint32Array, surplus: number): string | null {
  if (surplus > 0 && countReplacements(bytes) * 3 > Math.max(24, bytes.length / 50))
    return "they were decoded as UTF-8 and written again (EF BF BD stands for every byte that was lost)";
  if (surplus > 0 && countReencoded(bytes) > Math.max(16, bytes.length / 100))
    return "they were taken for Latin-1 and written as UTF-8 (all of it is valid UTF-8)";
  if (surplus > 0 && counts[LF]! >= 8 && countLineEnds(bytes) === counts[LF])
    return "a text-mode transfer put 0x0D before every 0x0A";
  if (surplus < 0 && -surplus < bytes.length / 20 && neverAmongNeighbours(counts, CR))
    return "a text-mode transfer took 0x0D away (it never occurs)";
  return null;
}

/** What a transfer as text may have done and left the size as it was, or null. */
function sizeKept(bytes: Uint8Array, counts: Uint32Array, header: EdfHeader): string | null {
  if (neverAmongNeighbours(counts, CR) && counts[LF]! >= 16)
    return "0x0D never occurs in the data: a text-mode transfer may have made 0x0A of it";
  const negative = header.signals.some((signal) => !signal.annotations && signal.digitalMin < 0);
  const low = counts.subarray(0, 128).filter((count) => count > 0).length;
  if (negative && bytes.length >= 4096 && low >= 48 && counts.subarray(128).every((count) => count === 0))
    return "no byte of the data is above 0x7F: a 7-bit transfer may have taken the highest bits";
  return null;
}

/** Whether a byte is absent though those around it, odd and even, all occur often. */
function neverAmongNeighbours(counts: Uint32Array, byte: number): boolean {
  return counts[byte] === 0 && [-2, -1, 1, 2].every((distance) => counts[byte + distance]! >= 8);
}

function countLineEnds(bytes: Uint8Array): number {
  let count = 0;
  for (let i = bytes.indexOf(LF, 1); i > 0; i = bytes.indexOf(LF, i + 1)) if (bytes[i - 1] === CR) count++;
  return count;
}

function countReplacements(bytes: Uint8Array): number {
  let count = 0;
  for (let i = bytes.indexOf(0xef); i >= 0; i = bytes.indexOf(0xef, i + 1))
    if (bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd) count++;
  return count;
}

/** Characters of two bytes if the bytes are valid UTF-8 of code points below 256, else 0. */
function countReencoded(bytes: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! < 0x80) continue;
    if (bytes[i] !== 0xc2 && bytes[i] !== 0xc3) return 0;
    if (i + 1 < bytes.length && (bytes[i + 1]! & 0xc0) !== 0x80) return 0;
    count++;
    i++;
  }
  return count;
}
