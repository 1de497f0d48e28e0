import type { EncoderSizes } from "../model/encoder.ts";
import type { Tensors } from "./adamw.ts";
import { softmax, type Judged } from "./metrics.ts";
import { meanPowers, statePowers, type Centre } from "./personal-centre.ts";
import { decidable, type TrainingRecording } from "./recording-data.ts";
import type { WholeRecordings } from "./whole-recordings.ts";

/** A decision that counts, before its probabilities. */
export interface JudgedPatch {
  readonly subject: string;
  readonly truth: number;
  /** Null where the decoder would abstain. */
  readonly logits: Float32Array | null;
  /** Whether the channels were aligned to the subject. @default false */
  readonly aligned?: boolean;
}

export interface JudgeOptions {
  readonly sizes: EncoderSizes;
  readonly weights: Tensors;
  readonly minContextSeconds: number;
  /** What each subject's mean token is taken from; null for a model whose tokens are not centred by person. */
  readonly centre: Centre | null;
}

/** Decides where decisions count, as the streaming decoder would. */
export async function judgeRecordings(
  whole: WholeRecordings,
  recordings: readonly TrainingRecording[],
  { sizes, weights, minContextSeconds, centre }: JudgeOptions,
): Promise<JudgedPatch[]> {
  const judged: JudgedPatch[] = [];
  const people = centre && (await statePowers(whole, recordings, { weights, centre }));
  for (const recording of recordings) {
    const { subject, valid } = recording;
    const decided = decidable(valid, sizes, minContextSeconds);
    const own = people?.get(subject);
    const fitted = centre && own ? new Map(weights).set("token.mean", meanPowers(own, centre)) : weights;
    const logits = await whole.logits(recording, fitted);
    const nClasses = logits.length / valid.length;
    for (const { patch: p, truth } of recording.judged) {
      const ofPatch = logits.slice(p * nClasses, (p + 1) * nClasses);
      judged.push({ subject, truth, logits: decided[p] === 1 ? ofPatch : null });
    }
  }
  return judged;
}

/** Decisions with probabilities, for the metrics. */
export function withProbabilities(judged: readonly JudgedPatch[], temperature: number): Judged[] {
  return judged.map(({ logits, ...one }) => ({
    ...one,
    probabilities: logits && softmax(logits, temperature),
  }));
}
