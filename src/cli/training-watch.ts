import { loadRuntime } from "../model/onnx/runtime.node.ts";
import type { TrainingProgress } from "../train/descent.ts";
import { bar, type Terminal } from "./terminal.ts";

/** What a training is watched by. */
interface TrainingWatch {
  readonly signal: AbortSignal;
  readonly onRead: (read: { readonly files: number; readonly of: number }) => void;
  readonly onStep: (progress: TrainingProgress) => void;
}

/**
 * Shows how a training goes on, how long it took, and what it says in the end; an interrupt (Ctrl-C) keeps what was done.
 * @param command goes on with it, for people
 * @throws EegError ENGINE_UNAVAILABLE at once where ONNX Runtime is absent, which trains
 */
export async function watchTraining(
  terminal: Terminal,
  command: string,
  train: (watch: TrainingWatch) => Promise<readonly string[]>,
): Promise<void> {
  await loadRuntime(); // not after minutes of reading
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new Error("interrupted"));
  process.once("SIGINT", stop);
  try {
    const begun = performance.now();
    const [first, ...lines] = await train({
      signal: interrupt.signal,
      onRead: ({ files, of }) => terminal.redraw(`${bar(files / of)}  reading recordings`),
      onStep: ({ step, steps, loss }) =>
        terminal.redraw(`${bar(step / steps)}  step ${step} of ${steps}, loss ${loss.toFixed(3)}`),
    });
    terminal.clear();
    const minutes = (performance.now() - begun) / 60_000;
    terminal.say(`${first} in ${minutes.toFixed(1)} minutes`);
    for (const line of lines) terminal.say(line);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    terminal.clear();
    terminal.say(`interrupted; ${command} goes on from here`);
    process.exitCode = 130;
  } finally {
    process.off("SIGINT", stop);
  }
}
