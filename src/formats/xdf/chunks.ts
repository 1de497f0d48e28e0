import type { ByteSource } from "../byte-source.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Window } from "./window.ts";

/** A chunk of an XDF file (XDF 1.0): what kind it is, and where its content lies. */
export interface Chunk {
  readonly tag: number;
  /** Where the chunk itself begins. */
  readonly at: number;
  readonly contentAt: number;
  readonly contentBytes: number;
  /** The file ends within it: its content is what there is of it. */
  readonly cut: boolean;
  /** Bytes before it were unreadable. */
  readonly afterDamage: boolean;
}

export const tags = {
  fileHeader: 1,
  streamHeader: 2,
  samples: 3,
  clockOffset: 4,
  boundary: 5,
  streamFooter: 6,
};

/** What a boundary chunk holds: written now and then so that a damaged file can be read on behind the damage. */
const boundary = Uint8Array.from([
  0x43, 0xa5, 0x46, 0xdc, 0xcb, 0xf5, 0x41, 0x0f, 0xb3, 0x0e, 0xd5, 0x46, 0x73, 0x83, 0xcb, 0xe4,
]);

/** Where a chunk's length and tag stand, and what they are; null where there is no chunk. */
interface ChunkHead {
  readonly tag: number;
  readonly contentAt: number;
  readonly end: number;
}

/**
 * The chunks of a file, in order. Where the bytes are none, goes on behind the next boundary chunk.
 * @param source an XDF file, whose first four bytes are `XDF:`
 */
export async function* readChunks(
  source: ByteSource,
  { window, diagnostics }: { readonly window: Window; readonly diagnostics: Diagnostics },
): AsyncGenerator<Chunk> {
  let afterDamage = false;
  for (let at = 4; at < source.size;) {
    const head = await readHead(window, at, source.size);
    if (head && head.end <= source.size) {
      const { tag, contentAt, end } = head;
      yield { tag, at, contentAt, contentBytes: end - contentAt, cut: false, afterDamage };
      afterDamage = false;
      at = end;
      continue;
    }
    const next = await findBoundary(window, at, source.size);
    if (next === null && head && head.tag <= tags.streamFooter) {
      diagnostics.add({
        code: "XDF_TRUNCATED",
        message: `the chunk at byte ${at} needs ${head.end - at} bytes, the file ends after ${source.size - at}; what is whole of it was read`,
        place: { byte: at },
      });
      const { tag, contentAt } = head;
      yield { tag, at, contentAt, contentBytes: source.size - contentAt, cut: true, afterDamage };
      return;
    }
    diagnostics.add({
      code: "XDF_DAMAGED",
      message: `the bytes from ${at} on are no chunk; ${next === null ? "the rest of the file was left out" : `read on behind the next boundary, at byte ${next}`}`,
      place: { byte: at },
    });
    if (next === null) return;
    afterDamage = true;
    at = next;
  }
}

async function readHead(window: Window, at: number, size: number): Promise<ChunkHead | null> {
  const bytes = await window(at, Math.min(11, size - at));
  const width = bytes[0]!;
  if ((width !== 1 && width !== 4 && width !== 8) || bytes.length < 1 + width + 2) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = readLength(view, 1, width);
  if (length === null || length < 2) return null;
  const tag = view.getUint16(1 + width, true);
  return { tag, contentAt: at + 1 + width + 2, end: at + 1 + width + length };
}

/** An unsigned integer of 1, 4 or 8 bytes. Null if it is beyond what a file can hold. */
export function readLength(view: DataView, at: number, width: 1 | 4 | 8): number | null {
  if (width === 1) return view.getUint8(at);
  const value =
    width === 4
      ? view.getUint32(at, true)
      : view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296;
  return Number.isSafeInteger(value) ? value : null;
}

/** Where the next boundary's sixteen bytes end, or null. */
async function findBoundary(window: Window, from: number, size: number): Promise<number | null> {
  const step = 1 << 16;
  for (let at = from; at < size; at += step) {
    const bytes = await window(at, Math.min(step + boundary.length - 1, size - at));
    for (
      let found = bytes.indexOf(boundary[0]!);
      found >= 0 && found + boundary.length <= bytes.length;
      found = bytes.indexOf(boundary[0]!, found + 1)
    )
      if (boundary.every((byte, i) => bytes[found + i] === byte)) return at + found + boundary.length;
  }
  return null;
}
