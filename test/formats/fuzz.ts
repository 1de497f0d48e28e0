import fc from "fast-check";
import { EegError } from "../../src/eeg/errors.ts";
import type { Recording } from "../../src/formats/recording.ts";

/** A change to a file, in fractions of its length so that it shrinks with it. */
export interface Edit {
  readonly at: number;
  readonly kind: "set" | "insert" | "delete" | "cut" | "number" | "repeat";
  readonly bytes: Uint8Array;
}

/** Bytes that mean something at many places. */
const telling: readonly Uint8Array[] = [
  ...["-1", "0", "1e9", "999999999", "nan", "", "\0\0\0\0", ",", "=", "[", "\n", "<", ">"].map((text) =>
    new TextEncoder().encode(text),
  ),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0),
];

/** Anywhere, and as often at the beginning, where most fields stand, and at the end. */
const anywhere = fc
  .tuple(fc.nat({ max: 999_999 }), fc.constantFrom([0, 1], [0, 0.1], [0.98, 0.02]))
  .map(([part, [from, width]]) => from! + (width! * part) / 1e6);

/** A few bytes that are not what they were. */
const gentle: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    at: anywhere,
    kind: fc.constant("set" as const),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
);

const rough: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    at: anywhere,
    kind: fc.constantFrom("set", "set", "insert", "delete", "cut", "number", "repeat"),
    bytes: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 16 }), fc.constantFrom(...telling)),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Edits that damage a file in the ways that copying, editors, disks and programs do. */
export const edits: fc.Arbitrary<Edit[]> = fc.oneof(
  { weight: 2, arbitrary: gentle },
  { weight: 1, arbitrary: rough },
);

export function damaged(original: Uint8Array, changes: readonly Edit[]): Uint8Array {
  let bytes = new Uint8Array(original);
  for (const { at, kind, bytes: change } of changes) {
    const offset = Math.floor(at * bytes.length);
    const joined = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
      const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
      let to = 0;
      for (const part of parts) {
        all.set(part, to);
        to += part.length;
      }
      return all;
    };
    const [before, after] = [bytes.subarray(0, offset), bytes.subarray(offset)];
    if (kind === "set") bytes.set(change.subarray(0, after.length), offset);
    else if (kind === "insert") bytes = joined(before, change, after);
    else if (kind === "delete") bytes = joined(before, after.subarray(change.length));
    else if (kind === "cut") bytes = joined(before);
    else if (kind === "repeat") bytes = joined(before, after.subarray(0, 64), after);
    else {
      // the next number that is written as text
      const digit = after.findIndex((byte) => byte >= 0x30 && byte <= 0x39);
      if (digit >= 0) bytes = joined(before, after.subarray(0, digit), change, after.subarray(digit + 1));
    }
  }
  return bytes;
}

/** More values than any seed of the tests holds, however it is damaged. */
const mostValues = 5e6;

/** Opens and reads everything. Whatever fails must be an EegError, and there must be an end. */
export async function readAll(open: () => Promise<Recording>): Promise<"read" | "refused"> {
  try {
    const recording = await open();
    let values = 0;
    for (const stream of recording.streams.keys())
      for await (const item of recording.items({ stream })) {
        if (item.kind === "samples") {
          values += item.data.length;
          if (item.data.length !== item.nSamples * recording.streams[stream]!.channels.length)
            throw new Error(`${item.data.length} values`);
        }
        if (values > mostValues) throw new Error("no end of samples");
      }
    JSON.stringify(await recording.summary());
    await recording.close();
    return "read";
  } catch (error) {
    if (error instanceof EegError) return "refused";
    throw error;
  }
}
