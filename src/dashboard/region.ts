import { normaliseLabel } from "../eeg/electrodes.ts";
import type { Channel, Position } from "../eeg/stream-info.ts";

/** Groups of electrodes, front to back. */
export const regions = ["frontal", "central", "temporal", "parietal", "occipital"] as const;
export type Region = (typeof regions)[number];

/** What a label of the 10-05 system begins with. Between two letters the second decides: FC lies over the central sulcus. */
const byLetters: readonly (readonly [RegExp, Region])[] = [
  [/^(?:Fp|AF|AFF|FFC?|N)(?:z|\d|p)/i, "frontal"],
  [/^F(?:z|\d)/i, "frontal"],
  [/^(?:FT|T|TP|TTP|FTT|TPP|A|M)(?:\d)/i, "temporal"],
  [/^(?:FC|FCC|C|CC|CCP|CP)(?:z|\d)/i, "central"],
  [/^(?:CPP|P|PP)(?:z|\d)/i, "parietal"],
  [/^(?:PPO|PO|POO|O|OI|I)(?:z|\d)/i, "occipital"],
];

/**
 * The group that a channel belongs to: by its electrode's name, else by its place.
 * @returns null where neither says it
 */
export function regionOf({ label, position }: Pick<Channel, "label" | "position">): Region | null {
  const name = normaliseLabel(label);
  const named = byLetters.find(([letters]) => letters.test(name));
  if (named && position) return named[1];
  return position && regionAt(position);
}

/**
 * The group of a place on the unit sphere, by the 10-20 system's arcs.
 * @internal for tests
 */
export function regionAt([x, y, z]: Position): Region {
  if (Math.abs(x) > 0.75 && z < 0.45 && Math.abs(y) < 0.5) return "temporal";
  if (y > 0.45) return "frontal";
  if (y < -0.75) return "occipital";
  return y < -0.35 ? "parietal" : "central";
}
