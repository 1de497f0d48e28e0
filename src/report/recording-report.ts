import type { EegError } from "../eeg/errors.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { Recording, RecordingSummary } from "../formats/recording.ts";
import type { AnyModel } from "../model/window-model.ts";
import type { DecodedRun } from "./decoded-run.ts";
import type { RecordingQuality } from "./recording-quality.ts";
import { judgeQuality } from "./recording-quality.ts";
import { measureSpectra, type RecordingSpectra } from "./recording-spectra.ts";

/** All that a report shows. */
export interface RecordingReport {
  /** Of the file, without its folder. */
  readonly name: string;
  readonly summary: RecordingSummary;
  readonly stream: StreamInfo;
  /** How many other streams the file holds. */
  readonly others: number;
  readonly quality: RecordingQuality;
  readonly spectra: RecordingSpectra | null;
  /** Null if no model was asked for. */
  readonly decoded: DecodedPart | null;
  /** What made it: `brainwire 0.1.0`. */
  readonly maker: string;
}

export interface DecodedPart {
  readonly manifest: AnyModel["manifest"];
  /** SHA-256 of the model's weights. */
  readonly weightsHash: string;
  readonly engine: string;
  /** The labels, or why the model cannot work on this recording. */
  readonly run: DecodedRun | EegError;
}

/** Looks at a recording's default stream for a report; null where it holds no signal. */
export async function inspectRecording(
  recording: Recording,
): Promise<Pick<RecordingReport, "summary" | "stream" | "others" | "quality" | "spectra"> | null> {
  const stream = recording.streams[recording.defaultStream];
  if (!stream) return null;
  return {
    stream,
    others: recording.streams.length - 1,
    quality: await judgeQuality(recording),
    spectra: await measureSpectra(recording),
    summary: await recording.summary(), // last: it has met every fault then
  };
}
