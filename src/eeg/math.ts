/** Placeholder until the exact functions stand here. */
export const { exp, log, sin, cos, tan } = Math;
