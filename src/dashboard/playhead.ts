/**
 * The place in a stream that the page draws up to. Samples come in bursts; the head moves evenly behind them, so that
 * traces glide instead of jerking.
 */
export interface Playhead {
  /**
   * @param nowMs a clock that never goes back
   * @param latest one behind the last sample that has come
   * @returns where to draw up to, in samples, never beyond `latest`
   */
  step(nowMs: number, latest: number): number;
  /** Goes to a place at once. */
  jump(place: number): void;
}

/** How far it stays behind, seconds: more than what the usual bursts hold. */
const lagSeconds = 0.12;
/** Further away than this it jumps. */
const farSeconds = 1.5;
/** Of the error, what is made up for in a second. */
const pull = 3;
/** Over which the pace is averaged. */
const paceSeconds = 1;

export function createPlayhead(rate: number): Playhead {
  let head = 0;
  let atMs: number | null = null;
  let latestBefore = 0;
  /** Samples a second that come. */
  let pace = rate;
  let quietSeconds = 0;

  return {
    step(nowMs, latest) {
      const seconds = atMs === null ? 0 : Math.max(0, (nowMs - atMs) / 1000);
      atMs = nowMs;
      const came = latest - latestBefore;
      latestBefore = latest;
      quietSeconds = came > 0 ? 0 : quietSeconds + seconds;
      if (seconds > 0 && seconds < 0.5) {
        const weight = Math.min(1, seconds / paceSeconds);
        pace += (came / seconds - pace) * weight;
      }
      const scale = Math.max(1, pace / rate);
      const far = farSeconds * rate * scale;
      // nothing more has come: what there is, is shown to its end
      const target = quietSeconds > 2 * lagSeconds ? latest : latest - lagSeconds * rate * scale;
      if (latest - head > far || head > latest) head = Math.max(0, Math.min(latest, target));
      else {
        const step =
          (quietSeconds > 2 * lagSeconds ? rate : pace) * seconds + (target - head) * pull * seconds;
        head = Math.min(latest, Math.max(head, head + step));
      }
      return head;
    },
    jump(place) {
      head = place;
      latestBefore = place;
      quietSeconds = 0;
    },
  };
}
