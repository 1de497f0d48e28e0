/**
 * The line through the stamps of a stream over its grid: least squares that forget (half within `memory` samples),
 * so that the noise of single stamps is gone and a rate that changes is followed within some seconds.
 */
export interface TimeLine {
  /** Seconds that sample `place` lies later than the declared rate makes expect. */
  at(place: number): number;
  /** Of that, seconds a sample. */
  readonly slope: number;
  add(place: number, late: number): void;
}

/** Below so many stamps a slope is only noise. */
const fewest = 16;

/**
 * @param memory samples after which one counts half
 * @param steepest a slope beyond this is none: too few samples, in bursts
 */
export function createTimeLine({
  memory,
  steepest,
}: {
  readonly memory: number;
  readonly steepest: number;
}): TimeLine {
  const keep = 0.5 ** (1 / memory);
  // weight, means and sums of products about them (Welford 1962, with weights that fade)
  let [weight, meanX, meanY, xx, xy] = [0, 0, 0, 0, 0];
  let count = 0;
  let last = 0;
  const slope = (): number => {
    const value = count >= fewest && xx > 0 ? xy / xx : 0;
    return Math.abs(value) <= steepest ? value : 0;
  };
  return {
    at: (place) => meanY + slope() * (place - meanX),
    get slope() {
      return slope();
    },
    add(place, late) {
      const kept = count === 0 ? 0 : keep ** Math.max(0, place - last);
      last = place;
      count++;
      weight = weight * kept + 1;
      const dx = place - meanX;
      const dy = late - meanY;
      meanX += dx / weight;
      meanY += dy / weight;
      xx = xx * kept + dx * (place - meanX);
      xy = xy * kept + dx * (late - meanY);
    },
  };
}
