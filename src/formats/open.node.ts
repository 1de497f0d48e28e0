import { fileSource } from "./file-source.node.ts";
import { openRecording } from "./open.ts";
import type { RecordingFile } from "./recording.ts";

/**
 * Opens the recording at a path, in any format that brainwire reads.
 * @throws EegError FILE_UNREADABLE, and what `openRecording` throws
 */
export async function openFile(path: string): Promise<RecordingFile> {
  return openRecording(await fileSource(path));
}
