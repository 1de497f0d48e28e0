import { calibrated } from "../decode/calibration.ts";
import { prove } from "../decode/prove.ts";
import { EegError } from "../eeg/errors.ts";
import { openFile } from "../formats/open.node.ts";
import { createNodeEngine, type NodeEngineOptions } from "../model/engines.node.ts";
import { loadEncoder } from "../model/load.node.ts";
import { replay } from "../source/replay.ts";
import type { ActingValues } from "./acting-options.ts";
import { readCalibration } from "./calibration-file.ts";

export interface ProveFileOptions extends NodeEngineOptions, ActingValues {
  readonly model: string;
  readonly hopSeconds?: number;
  readonly allowFiltered?: boolean;
  readonly calibration?: string;
  readonly runningCentre?: number;
}

/** Beyond this the two forms of the decoder are not the same. */
const tolerance = 1e-5;
const times = 3;
/** What counts as one piece where a recording is longer: memory ends somewhere. */
const pieceSeconds = 600;

/**
 * Proves on a file that its decisions depend neither on how it is cut nor on the streaming form.
 * @throws EegError DECISIONS_DIFFER where they do; OPTION_INVALID for what the whole-sequence form does not have
 */
export async function proveFile(source: string, options: ProveFileOptions): Promise<void> {
  const { hopSeconds, allowFiltered = false } = options;
  const { smooth, dwell, refractory, gate, runningCentre } = options;
  const beyond = Object.entries({ smooth, dwell, refractory, gate, "running-centre": runningCentre });
  const [what] = beyond.find(([, value]) => value !== undefined) ?? [];
  if (what !== undefined)
    throw new EegError(
      "OPTION_INVALID",
      `--prove compares what the model itself decides; leave out --${what}`,
    );
  const plain = await loadEncoder(options.model);
  const model =
    options.calibration === undefined ? plain : calibrated(plain, await readCalibration(options.calibration));
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
