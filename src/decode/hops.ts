import { EegError } from "../eeg/errors.ts";
import { modelHz, patchEnd, strideSamples } from "../tokens/patch-grid.ts";

/**
 * Patches from one decision to the next.
 * @throws EegError OPTION_INVALID unless the hop is a whole multiple of the stride, 0.1 s
 */
export function hopPatches(hopSeconds: number = strideSamples / modelHz): number {
  const patches = Math.round((hopSeconds * modelHz) / strideSamples);
  if (!(patches >= 1 && Math.abs(patches * strideSamples - hopSeconds * modelHz) < 1e-6))
    throw new EegError(
      "OPTION_INVALID",
      `hop: expected a whole multiple of ${strideSamples / modelHz} s, got ${hopSeconds} s`,
    );
  return patches;
}

/** Whether a decision is due at a patch: at those that end a whole number of hops after the stream's start. */
export function isDue(patch: number, hop: number): boolean {
  return patchEnd(patch) % (hop * strideSamples) === 0;
}
