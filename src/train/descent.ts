/** What every training here does from step to step: AdamW, running means of the weights, checkpoints, interrupts. */
import { averageWeights, clipNorm, learningShare, stepAdamW } from "./adamw.ts";
import type { Recipe } from "./config.ts";
import { formatCheckpoint, type TrainingState } from "./training-state.ts";

/** Where a training keeps what it needs to go on after an interrupt. */
export interface CheckpointStore {
  load(): Promise<Uint8Array | null>;
  save(bytes: Uint8Array): Promise<void>;
}

export interface TrainingProgress {
  /** Steps done. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}

/** How a training is watched, kept and ended. */
export interface Watch {
  /** @default none: an interrupt loses what was done */
  readonly checkpoint?: CheckpointStore;
  readonly progress?: (progress: TrainingProgress) => void;
  /** Ends the training after the step under way; the checkpoint has it. */
  readonly signal?: AbortSignal;
}

export interface Descent extends Watch {
  readonly state: TrainingState;
  readonly recipe: Pick<Recipe, "steps">;
  /** Names the training in its checkpoints. */
  readonly key: string;
  /** Does a step and gives its loss. */
  readonly step: (state: TrainingState) => Promise<number>;
  /** After every step. @default nothing */
  readonly check?: (state: TrainingState) => Promise<void>;
  /** Whether it is enough before the steps are done. @default never */
  readonly enough?: (state: TrainingState) => boolean;
}

/** Steps from one checkpoint to the next. */
const checkpointSteps = 100;

/** Goes on from a state until its steps are done, or its check has had enough. */
export async function descend(descent: Descent): Promise<void> {
  const { state, recipe, key, step, check, enough, checkpoint, progress, signal } = descent;
  while (state.step < recipe.steps && enough?.(state) !== true) {
    if (signal?.aborted === true) {
      await checkpoint?.save(formatCheckpoint(state, key));
      signal.throwIfAborted();
    }
    const loss = await step(state);
    state.step++;
    await check?.(state);
    if (checkpoint && state.step % checkpointSteps === 0) await checkpoint.save(formatCheckpoint(state, key));
    progress?.({ step: state.step, steps: recipe.steps, loss });
  }
}

/** One step of the optimiser by the outputs `gradient.NAME` of a graph. */
export function moveWeights(
  { step, optimiser, means }: TrainingState,
  outputs: Readonly<Record<string, Float32Array>>,
  { learned, recipe }: { readonly learned: readonly string[]; readonly recipe: Recipe },
): void {
  const gradients = new Map(learned.map((name) => [name, outputs[`gradient.${name}`]!]));
  clipNorm(gradients, recipe.gradientNorm);
  const learningRate = recipe.learningRate * learningShare(step, recipe);
  stepAdamW(optimiser, gradients, { ...recipe, step, learningRate, decays: isDecayed });
  averageWeights(means, optimiser.weights, { step, decay: recipe.averaging });
}

/** Weight decay is for matrices; the mix is normalised wherever it is used, so that its size means nothing. */
function isDecayed(name: string): boolean {
  return /(embed|query|key|value|output|up|down|head|predict)\.weight$|^evoked\.(response|feature\.weight)$/.test(
    name,
  );
}
