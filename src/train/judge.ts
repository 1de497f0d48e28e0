import { modelHz, strideSamples } from "../model/encoder.ts";
import type { Tensors } from "./adamw.ts";
import { softmax, type Judged } from "./metrics.ts";
import type { TrainingRecording } from "./recording-data.ts";
import type { WholeRecordings } from "./whole-recordings.ts";

/** A decision that counts, before its probabilities. */
export interface JudgedPatch {
  readonly subject: string;
  readonly truth: number;
  /** Null where the decoder would abstain. */
  readonly logits: Float32Array | null;
}

export interface JudgeOptions {
  readonly weights: Tensors;
  readonly minContextSeconds: number;
}

/** Decides where decisions count, as the streaming decoder would. */
export async function judgeRecordings(
  whole: WholeRecordings,
  recordings: readonly TrainingRecording[],
  { weights, minContextSeconds }: JudgeOptions,
): Promise<JudgedPatch[]> {
  const needed = Math.ceil((minContextSeconds * modelHz) / strideSamples);
  const judged: JudgedPatch[] = [];
  for (const recording of recordings) {
    const { subject, valid } = recording;
    const logits = await whole.logits(recording, weights);
    const nClasses = logits.length / valid.length;
    for (const { patch: p, truth } of recording.judged) {
      const enough =
        valid[p] === 1 && valid.subarray(Math.max(0, p - needed + 1), p + 1).filter(Boolean).length >= needed;
      const ofPatch = logits.slice(p * nClasses, (p + 1) * nClasses);
      judged.push({ subject, truth, logits: enough ? ofPatch : null });
    }
  }
  return judged;
}

/** Decisions with probabilities, for the metrics. */
export function withProbabilities(judged: readonly JudgedPatch[], temperature: number): Judged[] {
  return judged.map(({ subject, truth, logits }) => ({
    subject,
    truth,
    probabilities: logits && softmax(logits, temperature),
  }));
}
