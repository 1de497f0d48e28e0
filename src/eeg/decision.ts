/**
 * Why the decoder says nothing at a sample. The last three are those of the stages that make labels fit to act on:
 * the label has not held for long enough yet, another was given too recently, nothing is being done at all.
 */
export type AbstainReason =
  | "settling"
  | "gap"
  | "channels-missing"
  | "quality"
  | "low-confidence"
  | "out-of-distribution"
  | "dwell"
  | "refractory"
  | "idle";

/** Milliseconds that one decision cost, by the clock of the machine that made it. */
export interface DecisionTiming {
  /** Samples to token: resampling, filters, reference, mix, bands. */
  readonly tokenMs: number;
  /** Token to probabilities. */
  readonly encodeMs: number;
}

/** What the decoder says at one sample. */
export interface Decision {
  readonly kind: "decision";
  /** Length of the shortest prefix of the source's own grid that determines this decision, in samples. */
  readonly sample: number;
  /** `sample / sfreq`: seconds from the stream's `t0`, with no delay taken off. */
  readonly time: number;
  readonly label: string | null;
  /** Of `label`; null if abstained. */
  readonly probability: number | null;
  /** Of every label, in the model's order; null where there was nothing to decode. */
  readonly probabilities: Readonly<Record<string, number>> | null;
  readonly abstained: boolean;
  /** At least one if abstained, else what a user should know of this label. */
  readonly reasons: readonly AbstainReason[];
  readonly timing?: DecisionTiming;
}
