/** How late the latest samples were, as they should be on the line that they lie about. */
export interface RecentJitter {
  /** Their median, carried on along the line's slope to a place; NaN before the first. */
  levelAt(place: number): number;
  /** Nineteen of twenty are nearer to it than this, in seconds. */
  readonly spread: number;
  add(place: number, late: number): void;
}

/** More are not sorted: of faster streams only every so-many-th is kept. */
const mostKept = 512;

/**
 * @param span samples that are looked back on
 * @param slope seconds a sample by which the line rises now
 */
export function createRecentJitter(span: number, slope: () => number): RecentJitter {
  const every = Math.ceil(span / mostKept);
  const size = Math.ceil(span / every);
  const places = new Float64Array(size);
  const lates = new Float64Array(size);
  let kept = 0;
  let seen = 0;
  let due = 0;
  let level = { place: 0, late: Number.NaN };
  let spread = 0;

  function measure(): void {
    const n = Math.min(kept, size);
    const middle = places[(kept - 1 - (n >> 1) + size) % size]!;
    const rises = slope();
    const values = new Float64Array(n);
    for (let i = 0; i < n; i++) values[i] = lates[i]! - rises * (places[i]! - middle);
    values.sort();
    const late = (values[(n - 1) >> 1]! + values[n >> 1]!) / 2;
    for (let i = 0; i < n; i++) values[i] = Math.abs(values[i]! - late);
    values.sort();
    level = { place: middle, late };
    spread = values[Math.ceil(0.95 * n) - 1]!;
  }

  return {
    levelAt: (place) => level.late + slope() * (place - level.place),
    get spread() {
      return spread;
    },
    add(place, late) {
      if (seen++ % every !== 0) return;
      places[kept % size] = place;
      lates[kept % size] = late;
      kept++;
      if (--due > 0) return;
      due = Math.min(kept >> 1, size >> 3);
      measure();
    },
  };
}
