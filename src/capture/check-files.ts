import { stat } from "node:fs/promises";
import { join } from "node:path";
import { secondsAt } from "../eeg/sfreq.ts";
import { hashOf } from "./append-file.ts";
import { compareSignal } from "./compare-signal.ts";
import { decisionsName, logName, samplesName, signalName } from "./names.ts";
import type { OpenedCapture } from "./open-capture.ts";

/** What became of a capture's files since they were written. */
export interface FilesCheck {
  /** Something was changed, is damaged or is gone: a sentence each. */
  readonly faults: readonly string[];
  /** What a capture that was cut off lacks, a sentence each. */
  readonly notes: readonly string[];
  /** Bytes at the end of `samples.bin` that belong to no whole frame. */
  readonly bytesBehind: number;
  /** Samples of the BDF+ files that were held against the exact ones, and how far they are apart, in steps of 24 bits. */
  readonly signalSamples: number;
  readonly steps: number;
  /** The longest end of a segment that its BDF+ file lacks. */
  readonly lackingSeconds: number;
}

/**
 * Holds the files of a capture against their hashes, where it ended and has them, and the signal for people against the
 * exact samples.
 * @throws EegError FILE_UNREADABLE
 */
export async function checkFiles(capture: OpenedCapture): Promise<FilesCheck> {
  const { folder, manifest, samples, segments } = capture;
  const faults: string[] = [...capture.faults];
  const notes: string[] = [];
  if (samples.state === "damaged")
    faults.push(`${samplesName}: the frame at byte ${samples.byte} is damaged (its checksum is another)`);
  else if (samples.state === "cut")
    notes.push(`${samplesName}: ${samples.behind} bytes behind the last whole frame`);
  const exists = async (name: string): Promise<boolean> =>
    stat(join(folder, name)).then(
      () => true,
      () => false,
    );
  for (const [name, was] of Object.entries(manifest.files ?? {})) {
    if (!(await exists(name))) faults.push(`${name}: is gone`);
    else {
      const is = await hashOf(join(folder, name));
      if (is.bytes !== was.bytes) faults.push(`${name}: has ${is.bytes} bytes, had ${was.bytes}`);
      else if (is.sha256 !== was.sha256) faults.push(`${name}: was changed (its SHA-256 is another)`);
    }
  }
  if (manifest.files)
    for (const name of [samplesName, decisionsName, logName])
      if (!manifest.files[name]) faults.push(`capture.json: names no ${name}`);

  let signalSamples = 0;
  let steps = 0;
  let lackingSeconds = 0;
  for (const segment of segments) {
    const name = signalName(segment.number);
    if (!(await exists(name))) continue;
    const compared = await compareSignal(segment, join(folder, name));
    signalSamples += compared.samples;
    steps = Math.max(steps, compared.steps);
    lackingSeconds = Math.max(lackingSeconds, secondsAt(compared.lacking, segment.stream.sfreq));
    if (compared.fault !== null) faults.push(`${name}: ${compared.fault}`);
    else if (compared.lacking > 0 && manifest.files)
      faults.push(`${name}: lacks the last ${compared.lacking} samples`);
    else if (compared.lacking > 0)
      notes.push(`${name}: lacks the last ${compared.lacking} samples, of a data record that was not whole`);
  }
  return { faults, notes, bytesBehind: samples.behind, signalSamples, steps, lackingSeconds };
}
