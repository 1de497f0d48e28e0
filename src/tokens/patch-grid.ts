/** The rate of patches' samples in Hz, and patches in samples of it: patch p holds [16 p, 16 p + 80). */
export const modelHz = 160;
export const patchSamples = 80;
export const strideSamples = 16;
/** Real spherical harmonics up to degree 5. */
export const harmonics = 36;

/** Length of the shortest prefix of the grid that holds patch `patch`. */
export function patchEnd(patch: number): number {
  return patch * strideSamples + patchSamples;
}
