import { EegError } from "../eeg/errors.ts";
import { growingSource, waitForGrowth, type GrowthOptions } from "./growing-source.node.ts";
import { openRecording } from "./open.ts";
import type { RecordingFile } from "./recording.ts";

/** What a file lacks that was only just begun. */
const notYet: readonly string[] = ["EDF_TRUNCATED", "FORMAT_UNKNOWN"];

/**
 * Opens an EDF or BDF file that another program still records: its items end only when the file has not grown for
 * some time, or when `signal` says so. Records are read once they are whole, whatever number of them the header has.
 * Waits also for a file that holds no whole record yet. `summary` tells of what was there at the start.
 * @throws EegError OPTION_INVALID for other formats, and what `openFile` throws
 */
export async function followFile(path: string, options: GrowthOptions): Promise<RecordingFile> {
  for (;;) {
    const source = await growingSource(path, options);
    const { size } = source;
    try {
      const recording = await openRecording(source);
      const { format } = await recording.summary();
      if (/^[EB]DF/.test(format)) return recording;
      await recording.close();
      throw new EegError(
        "OPTION_INVALID",
        `${path}: only EDF and BDF files can be followed while they grow, this is ${format}; decode it when it is complete`,
      );
    } catch (error) {
      const begun = error instanceof EegError && notYet.includes(error.code);
      if (!begun || (await waitForGrowth(path, size, options)) === null) throw error;
    }
  }
}
