import { rename, rm } from "node:fs/promises";
import type { Gap, Marker, Samples } from "../eeg/item.ts";
import { secondsAt } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { formatAnnotation } from "../formats/edf/format-annotations.ts";
import { createEdfFile, type EdfFile } from "../formats/edf/write-file.node.ts";
import { formatLocalTime, movedTime, parseLocalTime } from "../formats/local-time.ts";
import { unwritable } from "./append-file.ts";

/**
 * The signal of a segment as a BDF+ or EDF+ file that can be read while it grows, with its gaps and markers. It begins
 * with the first sample there is: a capture that came late has no hole in front. Until its first data record is whole
 * it is called `NAME.part`: what has the name opens.
 */
export interface SignalFile {
  /** The file's name, once there is a file of this name. */
  readonly path: string | null;
  /** Sample of the segment that the file begins with; null before there was any. */
  readonly begin: number | null;
  /** That were written so far, but for annotations that wait for their record. */
  readonly bytes: number;
  push(item: Samples | Gap | Marker): Promise<void>;
  sync(): Promise<void>;
  /** Ends the file; one without a sample is none. @returns what was written otherwise than it was, a sentence each */
  end(): Promise<readonly string[]>;
}

/** Bytes of a data record for annotations, and the longest text that always finds room among them. */
const annotationBytes = 600;
const longestText = 380;

/** @param path ends in `.bdf` (24 bits a sample) or `.edf` (16) */
export function createSignalFile(path: string, stream: StreamInfo): SignalFile {
  const bits = path.toLowerCase().endsWith(".edf") ? 16 : 24;
  const part = `${path}.part`;
  let file: EdfFile | null = null;
  let named = false;
  let begin: number | null = null;
  let waiting: Marker[] = [];
  /** The last samples, which wait for the next: at the file's end, annotations come before them. */
  let held: Samples | null = null;

  async function open(first: Samples): Promise<EdfFile> {
    begin = first.start;
    const opened = await createEdfFile(part, {
      format: bits === 16 ? "EDF+D" : "BDF+D",
      range: (_, c) => rangeFor(first.data.subarray(c * first.nSamples, (c + 1) * first.nSamples), bits),
      annotationBytes,
    });
    const time = parseLocalTime(stream.t0 ?? "");
    const t0 = time && formatLocalTime(movedTime(time, secondsAt(begin, stream.sfreq)));
    await opened.push({ kind: "info", stream: { ...stream, t0 } });
    return opened;
  }

  async function name(): Promise<void> {
    if (named) return;
    await rename(part, path).catch((cause: NodeJS.ErrnoException) => {
      throw unwritable(path, cause);
    });
    named = true;
  }

  async function annotate(to: EdfFile, { text, onset, ...rest }: Marker): Promise<void> {
    const at = onset - begin!;
    if (at + rest.duration < 0) return; // over before the file begins
    await to.push({ ...rest, onset: at, text: shortened(text) });
  }

  async function release(to: EdfFile): Promise<void> {
    if (held) await to.push({ ...held, start: held.start - begin! });
    held = null;
    if (to.nRecords > 0) await name();
  }

  return {
    get path() {
      return named ? path : null;
    },
    get begin() {
      return begin;
    },
    get bytes() {
      return file?.bytes ?? 0;
    },
    async push(item) {
      if (!file) {
        if (item.kind === "marker") waiting.push(item);
        if (item.kind !== "samples") return;
        file = await open(item);
      }
      for (const marker of waiting.splice(0)) await annotate(file, marker);
      if (item.kind === "marker") return annotate(file, item);
      await release(file);
      if (item.kind === "samples") held = item;
      else await file.push({ ...item, start: item.start - begin! });
    },
    sync: async () => file?.sync(),
    async end() {
      if (!file) return [];
      await release(file);
      const diagnostics = await file.end();
      if (file.nRecords > 0) await name();
      else await rm(part, { force: true });
      return diagnostics.map(({ message }) => message);
    },
  };
}

/**
 * What a channel may hold, decided by its first samples: the writer's usual range, or a wider one about numbers that
 * come near its ends, such as an amplifier's offset.
 */
function rangeFor(first: Float32Array, bits: 16 | 24): readonly [min: number, max: number] {
  const usual: readonly [number, number] = bits === 16 ? [-3276.8, 3276.7] : [-262144, 262143];
  let [low, high] = [Infinity, -Infinity];
  for (const value of first) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low <= high) || (low > usual[0] / 2 && high < usual[1] / 2)) return usual;
  const middle = Math.round((low + high) / 2);
  const reach = Math.max(usual[1], 8 * Math.ceil(high - low), bits === 24 ? 2 * Math.abs(middle) : 0);
  return [middle - reach, middle + reach];
}

/** A text that fits a data record: cut where it does not. */
function shortened(text: string): string {
  const room = (of: string): number => formatAnnotation({ onset: 0, duration: 0, text: of }).length;
  if (room(text) <= longestText) return text;
  let length = Math.min(text.length, longestText);
  while (room(`${text.slice(0, length)}…`) > longestText) length--;
  return `${text.slice(0, length)}…`;
}
