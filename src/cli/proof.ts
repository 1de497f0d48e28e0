import { prove } from "../decode/prove.ts";
import { EegError } from "../eeg/errors.ts";
import { openFile } from "../formats/open.node.ts";
import { createNodeEngine, type NodeEngineOptions } from "../model/engines.node.ts";
import { loadEncoder } from "../model/load.node.ts";
import { replay } from "../source/replay.ts";

export interface ProveFileOptions extends NodeEngineOptions {
  readonly model: string;
  readonly hopSeconds?: number;
  readonly allowFiltered?: boolean;
}

/** Beyond this the two forms of the decoder are not the same. */
const tolerance = 1e-5;
const times = 3;
/** What counts as one piece where a recording is longer: memory ends somewhere. */
const pieceSeconds = 600;

/**
 * Proves on a file that its decisions depend neither on how it is cut nor on the streaming form.
 * @throws EegError DECISIONS_DIFFER where they do
 */
export async function proveFile(source: string, options: ProveFileOptions): Promise<void> {
  const { hopSeconds, allowFiltered = false } = options;
  const model = await loadEncoder(options.model);
  const recording = await openFile(source);
  try {
    const engine = await createNodeEngine(model, options);
    const proof = await prove(model, {
      open: () => replay(recording, { chunkSeconds: pieceSeconds }),
      times,
      engine,
      allowFiltered,
      ...(hopSeconds === undefined ? {} : { hopSeconds }),
    }).finally(() => engine.release());
    const { decisions, cut, whole } = proof;
    process.stdout.write(
      `decisions                                        ${decisions}\n` +
        `largest difference, cut at random (${times} times)      ${cut}\n` +
        `largest difference to the whole-sequence form    ${whole === 0 ? 0 : whole.toExponential(1)}\n`,
    );
    if (!(cut <= tolerance && whole <= tolerance))
      throw new EegError(
        "DECISIONS_DIFFER",
        `${source}: decisions of the engine ${engine.name} on ${engine.device} differ by ${Math.max(cut, whole)}, at most ${tolerance} is right`,
      );
  } finally {
    await recording.close();
  }
}
