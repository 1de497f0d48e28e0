// Ways to damage a file: what copying, editors, disks and programs do, and numbers at the very places that count.
import fc from "fast-check";
import { join, putNumber, text } from "./bytes.mjs";

/** Words where a text field or a line has another. */
const words = [
  "", "0", "-1", "1", "2", "-0", "3.5", "1e9", "-1e9", "1e29", "1e-7", "1e308", "-1e308", "99999999", "999999999999",
  "2147483648", "9007199254740993", "nan", "NaN", "inf", "-inf", "0x10", "1,5", ".", "+", " ", "\0", "\xff", "EDF+C",
  "EDF+D", "EDF Annotations", "BDF Annotations", "Status", "-32768 stands for missing", "segments and gaps are annotated",
  "INT_16", "IEEE_FLOAT_32", "VECTORIZED", "MULTIPLEXED", "ASCII", "YES", "../../etc/passwd", "$b", "string", "int64",
  "float32", "65536", "1000000000", "New Segment", "20240305101500000000", "\n", "<", "&#x110000;", "]]>",
]; // prettier-ignore

/** Numbers where a stamp of an annotation has another; cut to its width. */
const stamps = [
  "+0",
  "+1",
  "-1",
  "+999999999999",
  "+1e9",
  "+.",
  "-.5",
  "+0.0000001",
  "+nan",
  "+00000000",
  "\x15\x15\x15",
];

/** Numbers where a binary field has another. */
const numbers = [
  0, 1, 2, 3, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53,
  -1, -2, -(2 ** 31),
]; // prettier-ignore
const floats = [NaN, Infinity, -Infinity, -0, 1e300, -1e300, 5e-324, 1e11, -1e11, 0.1, 1e-9, 1e6];

/** Bytes that mean something at many places. */
const telling = [
  [0],
  [0x14],
  [0x15],
  [0x14, 0],
  [0x20],
  [0x2b],
  [0x0a],
  [0x0d, 0x0a],
  [0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [8],
  [4],
  [1],
];

const anywhere = fc
  .tuple(fc.nat({ max: 999_999 }), fc.constantFrom([0, 1], [0, 1], [0, 0.1], [0.98, 0.02]))
  .map(([part, [from, width]]) => from + (width * part) / 1e6);

const bytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }),
  fc.constantFrom(...telling.map((each) => Uint8Array.from(each))),
  fc.constantFrom(...words.map(text)),
);

/** In fractions of the file's length, so that an edit means something in each. */
const edit = fc.record({
  kind: fc.constantFrom(
    "field",
    "field",
    "field",
    "flip",
    "flip",
    "set",
    "insert",
    "remove",
    "cut",
    "repeat",
    "swap",
    "number",
    "splice",
  ),
  at: anywhere,
  other: anywhere,
  length: fc.oneof(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 4096 })),
  value: fc.nat({ max: 0xffff }),
  bytes,
});

/** A seed, the file of it that is damaged, and how. */
export const damage = fc.record({
  seed: fc.nat({ max: 0xffff }),
  file: fc.constantFrom(0, 0, 0, 1, 2),
  edits: fc.oneof(
    { weight: 3, arbitrary: fc.array(edit, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.array(edit, { minLength: 3, maxLength: 8 }) },
  ),
});

/**
 * @param original the bytes of a file
 * @param places where the fields of the original lie
 * @param donor another file, of which pieces are spliced in
 */
export function damaged(original, edits, { places, donor }) {
  let file = original.slice();
  // fields first, from the last to the first: they lie where they lie in the original
  const fields = edits
    .filter(({ kind }) => kind === "field" && places.length > 0)
    .map((each) => ({ ...each, place: places[Math.floor(each.at * places.length)] }))
    .sort((a, b) => b.place.at - a.place.at);
  for (const { place, value, bytes: raw } of fields) file = withField(file, place, { value, raw });
  for (const each of edits)
    if (each.kind !== "field" || places.length === 0) file = edited(file, each, donor);
  return file;
}

function withField(file, { at, width, kind }, { value, raw }) {
  if (at + width > file.length) return file;
  if (kind === "line")
    return join([
      file.subarray(0, at),
      value % 4 === 0 ? raw : latin1(words[value % words.length]),
      file.subarray(at + width),
    ]);
  const copy = file.slice();
  if (kind === "text" || kind === "stamp") {
    const chosen =
      kind === "stamp"
        ? stamps[value % stamps.length].padEnd(width, "0")
        : words[value % words.length].padEnd(width);
    copy.set(value % 5 === 0 ? raw.subarray(0, width) : latin1(chosen.slice(0, width)), at);
    return copy;
  }
  const list = kind.startsWith("f") ? [...floats, ...numbers] : numbers;
  putNumber(new DataView(copy.buffer), at, {
    kind,
    value: value % 3 === 0 ? value >> 2 : list[value % list.length],
  });
  return copy;
}

function edited(file, { kind, at, other, length, bytes: raw, value }, donor) {
  const from = Math.floor(at * file.length);
  const [before, after] = [file.subarray(0, from), file.subarray(from)];
  switch (kind) {
    case "flip": {
      if (file.length > 0) file[Math.min(from, file.length - 1)] ^= 1 << (value % 8);
      return file;
    }
    case "insert":
      return join([before, raw, after]);
    case "remove":
      return join([before, after.subarray(length)]);
    case "cut":
      return before.slice();
    case "repeat":
      return join([before, after.subarray(0, length), after]);
    case "splice": {
      const start = Math.floor(other * donor.length);
      return join([
        before,
        donor.subarray(start, start + length),
        after.subarray(value % 2 === 0 ? length : 0),
      ]);
    }
    case "swap": {
      const there = Math.floor(other * file.length);
      const [first, second] = from < there ? [from, there] : [there, from];
      const n = Math.min(length, second - first, file.length - second);
      const copy = file.slice();
      copy.set(file.subarray(second, second + n), first);
      copy.set(file.subarray(first, first + n), second);
      return copy;
    }
    case "number": {
      const digit = after.findIndex((byte) => byte >= 0x30 && byte <= 0x39);
      if (digit < 0) return file;
      let end = digit;
      while (after[end] >= 0x30 && after[end] <= 0x39) end++;
      return join([
        before,
        after.subarray(0, digit),
        latin1(words[value % words.length]),
        after.subarray(end),
      ]);
    }
    default:
      file.set(raw.subarray(0, after.length), from);
      return file;
  }
}

function latin1(word) {
  return Uint8Array.from(word, (c) => c.charCodeAt(0));
}
