import type { CaptureEvent } from "../capture/capture-event.ts";

/** A live stream, as a capture takes it. */
export interface StreamSource {
  readonly name: string;
  /** Where it comes from, for `capture.json`. */
  readonly origin: Readonly<Record<string, unknown>>;
  /** In one order; ends with the stream, or with `close`. */
  events(): AsyncGenerator<CaptureEvent, void, undefined>;
  /** For a line that tells how it goes, such as that the connection is lost; null while all is well. */
  readonly trouble: string | null;
  close(): void;
}
