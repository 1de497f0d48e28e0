import type { Command } from "commander";
import { openFile } from "../formats/open.node.ts";
import type { RecordingFile } from "../formats/recording.ts";
import { focusStream } from "../formats/stream-choice.ts";

/** What the option of `addStreamOption` holds. */
export interface StreamValue {
  readonly stream?: string;
}

/** Which of the streams that a file holds. */
export function addStreamOption(command: Command): Command {
  return command.option(
    "--stream <name|type|number>",
    "which of several streams or rates of a file (default: the one with most EEG)",
  );
}

/**
 * Opens a recording; its default stream is the one that was asked for.
 * @param open what opens it, if not `openFile`
 * @throws EegError STREAM_UNKNOWN with the streams there are; as `openFile`
 */
export async function openStream(
  path: string,
  { stream }: StreamValue,
  open: (path: string) => Promise<RecordingFile> = openFile,
): Promise<RecordingFile> {
  const recording = await open(path);
  if (stream === undefined) return recording;
  try {
    return focusStream(recording, stream);
  } catch (error) {
    await recording.close();
    throw error;
  }
}
