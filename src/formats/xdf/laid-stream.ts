import type { StreamInfo } from "../../eeg/stream-info.ts";
import type { ScannedStream } from "./scan.ts";
import type { XdfTimeline } from "./timeline.ts";

/** A stream of numbers with a rate, laid on its grid. */
export interface LaidStream {
  readonly scanned: ScannedStream;
  readonly timeline: XdfTimeline;
  readonly info: (segment: number) => StreamInfo;
  readonly gains: readonly number[];
}

/** A marker on the recorder's clock. */
export interface SharedMarker {
  readonly time: number;
  readonly text: string;
}
