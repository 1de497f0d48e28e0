import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { hertz } from "../eeg/sfreq.ts";
import { unwritable } from "./append-file.ts";
import type { CaptureEvent, SegmentBegin } from "./capture-event.ts";
import { refuseExisting, startCount, type Capture } from "./create-capture.ts";
import { createLabelStretches, type LabelStretches } from "./label-stretches.ts";
import { createSignalFile, type SignalFile } from "./signal-file.ts";

export interface RecordingCapture extends Omit<Capture, "end"> {
  /** @returns the files that were written, and what was written otherwise than it was */
  end(): Promise<{ readonly files: readonly string[]; readonly notes: readonly string[] }>;
}

/**
 * A live stream on its way to one EDF+ or BDF+ file, its markers and what was decoded as annotations, which every
 * program for EEG opens. A further segment has a grid of its own and goes to `NAME-2.edf`. A program that is killed
 * leaves all whole data records, and the stretches of labels that had ended. It cannot be verified: it does not hold
 * the exact samples and decisions.
 * @param path ends in `.edf` or `.bdf`
 * @throws EegError FILE_UNWRITABLE if there is something of this name already
 */
export async function createRecordingCapture(path: string, syncMs = 1000): Promise<RecordingCapture> {
  await refuseExisting(path);
  const count = startCount();
  const files: string[] = [];
  const notes: string[] = [];
  let signal: SignalFile | null = null;
  let stretches: LabelStretches = createLabelStretches();
  let secondsPerSample = 0;
  let syncedMs = performance.now();
  let endedBytes = 0;

  async function begin({ stream }: SegmentBegin): Promise<void> {
    await endSegment();
    const number = ++count.segments;
    const name = number === 1 ? path : path.replace(/(\.\w+)$/, `-${number}$1`);
    await refuseExisting(name);
    signal = createSignalFile(name, stream);
    stretches = createLabelStretches();
    secondsPerSample = 1 / hertz(stream.sfreq);
  }

  async function endSegment(): Promise<void> {
    if (!signal) return;
    const last = stretches.end();
    if (last) await signal.push(last);
    const said = await signal.end();
    if (signal.path !== null) {
      files.push(signal.path);
      endedBytes += signal.bytes;
      notes.push(...said);
    }
    signal = null;
  }

  async function take(event: CaptureEvent): Promise<void> {
    if (event.kind === "segment") return begin(event);
    if (!signal) return;
    switch (event.kind) {
      case "decision": {
        count.decisions++;
        const ended = stretches.push(event);
        if (ended) await signal.push(ended);
        return;
      }
      case "loss":
        count.losses++;
        return;
      case "note":
        if (event.what === "connection" && event.status === "open") count.reconnects++;
        return;
      case "samples":
        count.samples += event.nSamples;
        count.seconds += event.nSamples * secondsPerSample;
        return signal.push(event);
      default:
        count[event.kind === "gap" ? "gaps" : "markers"]++;
        return signal.push(event);
    }
  }

  if (!(await stat(dirname(path)).catch(() => null)))
    throw unwritable(path, Object.assign(new Error("no folder"), { code: "ENOENT" }));
  return {
    get progress() {
      return { ...count, bytes: endedBytes + (signal?.bytes ?? 0) };
    },
    async push(event) {
      await take(event);
      if (performance.now() - syncedMs < syncMs) return;
      await signal?.sync();
      syncedMs = performance.now();
    },
    async end() {
      await endSegment();
      return { files, notes };
    },
  };
}
