import type { Decision } from "../eeg/decision.ts";

/** How two decisions for the same sample differ. */
export interface Difference {
  /** Largest difference of a probability; Infinity where one has none, or other labels. */
  readonly probability: number;
  /** Whether they say the same: label or abstention, and reasons. */
  readonly says: "same" | "other";
}

export function differenceOf(a: Decision, b: Decision): Difference {
  const said = ({ label, abstained, reasons }: Decision): string =>
    JSON.stringify([label, abstained, reasons]);
  return {
    probability: apart(a.probabilities, b.probabilities),
    says: said(a) === said(b) ? "same" : "other",
  };
}

/**
 * Whether decisions are equal to within a tolerance: 0 is bit for bit. Where probabilities are close, another label is
 * no difference if the two labels were as close to each other.
 */
export function isEqual(a: Decision, b: Decision, tolerance: number): boolean {
  const { probability, says } = differenceOf(a, b);
  if (!(probability <= tolerance)) return false;
  if (tolerance === 0) return says === "same" && Object.is(a.probability, b.probability);
  return says === "same" || isTie(a, b, 2 * tolerance);
}

function isTie(a: Decision, b: Decision, tolerance: number): boolean {
  if (a.label === null || b.label === null || a.label === b.label || !a.probabilities) return false;
  if (a.reasons.join() !== b.reasons.join()) return false;
  return Math.abs(a.probabilities[a.label]! - a.probabilities[b.label]!) <= tolerance;
}

function apart(a: Decision["probabilities"], b: Decision["probabilities"]): number {
  if (a === null || b === null) return a === b ? 0 : Infinity;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return Infinity;
  let largest = 0;
  for (const name of names) {
    const difference = Math.abs(a[name]! - (b[name] ?? NaN));
    largest = difference >= 0 ? Math.max(largest, difference) : Infinity;
  }
  return largest;
}

/** A decision in a few words: `eyes-open 0.9123`, `none (settling)`. */
export function sentenceOf({ label, probability, probabilities, reasons }: Decision): string {
  const shares = Object.entries(probabilities ?? {}).map(([name, share]) => `${name} ${share}`);
  const why = label === null ? `none (${reasons.join(", ")})` : `${label} ${probability}`;
  return label === null && shares.length > 0 ? `${why}, ${shares.join(", ")}` : why;
}
