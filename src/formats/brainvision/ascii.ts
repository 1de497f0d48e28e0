import { EegError } from "../../eeg/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { AsciiEncoding, BrainVisionHeader } from "./header.ts";
import type { SampleReader } from "../runs.ts";
import type { StoredSamples } from "./stored-samples.ts";

/** More than 65,536 numbers of 15 characters. */
const longestLine = 1 << 20;
/** A number, or a channel's name in a column that is skipped. */
const longestNumber = 4096;

interface AsciiFile {
  readonly source: ByteSource;
  readonly encoding: AsciiEncoding;
  readonly gains: readonly number[];
  readonly diagnostics: Diagnostics;
}

/** Numbers as text take some 8 characters each. */
const blockValues = 1 << 17;

/**
 * Looks through a data file of numbers as text: how many samples it holds, and where each channel's begin. They
 * can only be read in order.
 * @throws EegError BRAINVISION_DATA if a line has too few or too many numbers, or one that is none
 */
export async function readAscii(file: AsciiFile, { orientation }: BrainVisionHeader): Promise<StoredSamples> {
  return orientation === "multiplexed" ? multiplexed(file) : vectorized(file);
}

/** Text is read strictly in order: the next block only when the one before it was. */
function reader(nChannels: number, next: (nSamples: number) => Promise<Float32Array>): SampleReader {
  return {
    blockSamples: Math.max(1, Math.floor(blockValues / nChannels)),
    inOrder: true,
    async fetch(_, nSamples) {
      const data = await next(nSamples);
      return () => data;
    },
  };
}

/** A line for each sample, a column for each channel. */
async function multiplexed({ source, encoding, gains, diagnostics }: AsciiFile): Promise<StoredSamples> {
  const parse = valueParser(source, encoding);
  const columns = gains.length + encoding.skipColumns;
  let nSamples = 0;
  let short: { line: number; found: number } | null = null;
  for await (const block of lines(source))
    for (const { text, number } of block) {
      if (number <= encoding.skipLines || text.trim() === "") continue;
      if (short) throw wrongCount(source, short, columns);
      const found = split(text, encoding).length;
      if (found === columns) nSamples++;
      else short = { line: number, found };
    }
  if (short && short.found > columns) throw wrongCount(source, short, columns);
  if (short)
    cutAt(
      diagnostics,
      { line: short.line },
      `the last line has ${short.found} of ${columns} columns; it was left out`,
    );
  return {
    nSamples,
    open() {
      const rows = taker(lines(source));
      return reader(gains.length, async (wanted) => {
        const data = new Float32Array(wanted * gains.length);
        let i = 0;
        await rows(({ text, number }) => {
          if (number > encoding.skipLines && text.trim() !== "") {
            const values = split(text, encoding).slice(encoding.skipColumns);
            for (const [c, gain] of gains.entries())
              data[c * wanted + i] = parse(values[c] ?? "", `line ${number}`) * gain;
            i++;
          }
          return i < wanted;
        });
        return data;
      });
    },
  };
}

/** A line for each channel, a column for each sample. */
async function vectorized({ source, encoding, gains, diagnostics }: AsciiFile): Promise<StoredSamples> {
  const parse = valueParser(source, encoding);
  const starts: number[] = [];
  const counts: number[] = [];
  let line = 0;
  let count = 0;
  for await (const block of tokens(source, 0, encoding))
    for (const { text, byte } of block) {
      if (text === "\n") {
        line++;
        if (line > encoding.skipLines && count > 0) counts.push(Math.max(0, count - encoding.skipColumns));
        count = 0;
      } else if (line >= encoding.skipLines && count++ === 0) starts.push(byte);
    }
  if (count > 0) counts.push(Math.max(0, count - encoding.skipColumns));
  if (counts.length < gains.length)
    throw new EegError(
      "BRAINVISION_DATA",
      `${source.name}: ${gains.length} channels, but only ${counts.length} lines of numbers; export the recording again`,
    );
  const nSamples = Math.min(...counts.slice(0, gains.length));
  if (counts.slice(0, gains.length).some((n) => n !== nSamples))
    cutAt(
      diagnostics,
      { sample: nSamples },
      `not all channels have as many numbers; the first ${nSamples} of each were read`,
    );
  return {
    nSamples,
    open() {
      const rows = gains.map((_, c) => taker(tokens(source, starts[c]!, encoding)));
      let skip = encoding.skipColumns;
      return reader(gains.length, async (wanted) => {
        const data = new Float32Array(wanted * gains.length);
        for (const [c, row] of rows.entries()) {
          let i = -skip;
          await row(({ text, byte }) => {
            if (i >= 0) data[c * wanted + i] = parse(text, `byte ${byte}`) * gains[c]!;
            return ++i < wanted;
          });
        }
        skip = 0;
        return data;
      });
    },
  };
}

function wrongCount(
  source: ByteSource,
  { line, found }: { readonly line: number; readonly found: number },
  columns: number,
): EegError {
  return new EegError(
    "BRAINVISION_DATA",
    `${source.name}: line ${line}: expected ${columns} columns, got ${found}; export the recording again`,
  );
}

function cutAt(
  diagnostics: Diagnostics,
  place: { line: number } | { sample: number },
  message: string,
): void {
  diagnostics.add({ code: "BRAINVISION_TRUNCATED", message, place });
}

function split(text: string, { decimalSymbol }: AsciiEncoding): string[] {
  return text.split(decimalSymbol === "," ? /[\s;]+/ : /[\s;,]+/).filter((part) => part !== "");
}

function valueParser(
  source: ByteSource,
  { decimalSymbol }: AsciiEncoding,
): (text: string, where: string) => number {
  return (text, where) => {
    const plain = decimalSymbol === "," ? text.replace(",", ".") : text;
    const value = plain === "" ? Number.NaN : Number(plain);
    if (Number.isNaN(value) && !/^[+-]?nan$/i.test(plain))
      throw new EegError(
        "BRAINVISION_DATA",
        `${source.name}: ${where}: expected a number, got '${text.slice(0, 40)}'; SkipLines and SkipColumns of the header say what is none`,
      );
    return value;
  };
}

/** Hands on what comes in blocks, one by one until `use` has had enough; the next call goes on behind it. */
function taker<Part>(blocks: AsyncGenerator<Part[]>): (use: (part: Part) => boolean) => Promise<void> {
  let block: Part[] = [];
  let next = 0;
  return async (use) => {
    for (;;) {
      while (next < block.length) if (!use(block[next++]!)) return;
      const { value, done } = await blocks.next();
      if (done) return;
      block = value as Part[];
      next = 0;
    }
  };
}

const blockBytes = 1 << 16;

interface Line {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
}

async function* lines(source: ByteSource): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder("windows-1252"); // one character a byte, whatever stands in a heading
  let rest = "";
  let number = 0;
  for (let at = 0; at < source.size; at += blockBytes) {
    const text = rest + decoder.decode(await source.read(at, Math.min(blockBytes, source.size - at)));
    const parts = text.split("\n");
    rest = parts.pop()!;
    if (rest.length > longestLine)
      throw new EegError(
        "BRAINVISION_DATA",
        `${source.name}: line ${number + parts.length + 1}: longer than ${longestLine} characters; the header's DataOrientation may be wrong`,
      );
    yield parts.map((part) => ({ text: part, number: ++number }));
  }
  if (rest !== "") yield [{ text: rest, number: number + 1 }];
}

interface Token {
  /** A number's text, or a line's end. */
  readonly text: string;
  readonly byte: number;
}

async function* tokens(
  source: ByteSource,
  from: number,
  { decimalSymbol }: AsciiEncoding,
): AsyncGenerator<Token[]> {
  const decoder = new TextDecoder("windows-1252");
  const form = decimalSymbol === "," ? /\n|[^\s;]+/g : /\n|[^\s;,]+/g;
  let rest = "";
  for (let at = from; at < source.size; at += blockBytes) {
    const start = at - rest.length;
    const text = rest + decoder.decode(await source.read(at, Math.min(blockBytes, source.size - at)));
    const last = at + blockBytes >= source.size;
    // a number may go on in the next block
    const end = last ? text.length : text.length - /[^\s;]*$/.exec(text.slice(-longestNumber - 1))![0].length;
    yield Array.from(text.slice(0, end).matchAll(form), (match) => ({
      text: match[0],
      byte: start + match.index,
    }));
    rest = text.slice(end);
  }
}
