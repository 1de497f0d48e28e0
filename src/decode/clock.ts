/** Milliseconds since some fixed moment, never going backward. */
export type TimingClock = () => number;

export const timingClock: TimingClock = () => performance.now();
