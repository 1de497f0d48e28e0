import { EegError } from "../eeg/errors.ts";
import type { Recording, RecordingFile } from "./recording.ts";

/**
 * Index of the stream of a recording that is meant: by its index, its name, or its type if only one has it.
 * Upper and lower case are the same.
 * @throws EegError STREAM_UNKNOWN, with the streams there are
 */
export function chooseStream({ streams }: Recording, wanted: string): number {
  const same = (text: string | undefined): boolean => text?.toLowerCase() === wanted.trim().toLowerCase();
  const byName = [...streams.keys()].filter((i) => same(streams[i]!.name));
  const byType = [...streams.keys()].filter((i) => same(streams[i]!.type));
  const found = byName.length > 0 ? byName : byType;
  if (found.length === 1) return found[0]!;
  if (found.length === 0 && /^\d+$/.test(wanted) && Number(wanted) < streams.length) return Number(wanted);
  const list = streams
    .map(({ name, type }, i) => `${i}: '${name}'${type === undefined ? "" : ` (${type})`}`)
    .join(", ");
  throw new EegError(
    "STREAM_UNKNOWN",
    `${found.length > 1 ? `${found.length} streams are` : "no stream is"} called or of type '${wanted}'; there ${streams.length === 1 ? "is" : "are"} ${list || "none"}${found.length > 1 ? "; name its number" : ""}`,
  );
}

/**
 * The same recording with another default stream, `wanted` as `chooseStream` takes it.
 * @throws EegError STREAM_UNKNOWN, with the streams there are
 */
export function focusStream(recording: RecordingFile, wanted: string): RecordingFile {
  const stream = chooseStream(recording, wanted);
  return {
    streams: recording.streams,
    defaultStream: stream,
    summary: () => recording.summary(),
    items: (options = {}) => recording.items({ stream, ...options }),
    readStretch: (options) => recording.readStretch({ stream, ...options }),
    get diagnostics() {
      return recording.diagnostics;
    },
    close: () => recording.close(),
  };
}
