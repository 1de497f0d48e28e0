/** What a decision may be due at: the end of a patch or of a window. */
export interface Place {
  /** Length of the shortest prefix of the source's grid that determines it. */
  readonly sample: number;
}

/**
 * Hands on what was found once its prefix is there: what follows a gap may be found before, because the resampler
 * knows of the whole gap at once.
 */
export function createDue<P extends Place>(): (found: readonly P[], position: number) => readonly P[] {
  let early: readonly P[] = [];
  return (found, position) => {
    const all = early.length === 0 ? found : [...early, ...found];
    if (all.length === 0 || all.at(-1)!.sample <= position) {
      early = [];
      return all;
    }
    early = all.filter(({ sample }) => sample > position);
    return all.filter(({ sample }) => sample <= position);
  };
}
