import { EegError } from "../../eeg/errors.ts";
import { decodeFile, type DecodeFileOptions } from "../decode-file.ts";
import type { RunFigures } from "../summary.ts";

/** What a worker is asked, and what it answers: the figures, or the sentence that says what is wrong. */
export interface WorkerTask {
  readonly path: string;
  readonly options: DecodeFileOptions;
}
export type WorkerAnswer = { readonly figures: RunFigures } | { readonly error: string };

/** Decodes one recording after the other, as the process that forked this one asks. */
async function answer({ path, options }: WorkerTask): Promise<WorkerAnswer> {
  try {
    return { figures: await decodeFile(path, { ...options, quiet: true }) };
  } catch (error) {
    const { message } = error as Error;
    return { error: error instanceof EegError ? message : `${message} (a fault of brainwire)` };
  }
}

process.on("SIGINT", () => undefined); // Ctrl-C reaches all processes of a terminal; the first of them decides
process.on("message", (task: WorkerTask) => {
  void answer(task).then((found) => process.send!(found));
});
