/** Nanoseconds since 1970 by a clock that never steps: the wall clock at the start, and steady from there. */
export function nowNs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}
