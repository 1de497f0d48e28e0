/** Numbered places of an engine, one a stream, each with a state of its own. */
export interface Slots<State> {
  readonly open: () => number;
  readonly close: (slot: number) => void;
  /** The state of a slot, after a look that its patches only grow. @throws RangeError if it is not open, or they do not */
  readonly advance: (slot: number, patch: number) => State;
  readonly clear: () => void;
}

/** @param free is told of the state of every slot that is closed */
export function createSlots<State>(create: () => State, free?: (state: State) => void): Slots<State> {
  const states = new Map<number, { state: State; patch: number }>();
  let next = 0;
  function close(slot: number): void {
    const found = states.get(slot);
    if (!found) throw new RangeError(`slot ${slot} is not open`);
    states.delete(slot);
    free?.(found.state);
  }
  return {
    open() {
      states.set(next, { state: create(), patch: -1 });
      return next++;
    },
    close,
    advance(slot, patch) {
      const found = states.get(slot);
      if (!found) throw new RangeError(`slot ${slot} is not open`);
      if (!(Number.isSafeInteger(patch) && patch > found.patch))
        throw new RangeError(`slot ${slot}: expected a patch after ${found.patch}, got ${patch}`);
      found.patch = patch;
      return found.state;
    },
    clear: () => [...states.keys()].forEach(close),
  };
}
