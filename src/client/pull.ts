/** One iteration of a pulled stream: what came and was not pulled yet. */
export interface Pull<T> {
  push(item: T): void;
  end(error: Error | null): void;
  /** Whether so much waits that no more should come. */
  full(): boolean;
}

/**
 * Makes an async iterable of what is pushed. Each iteration begins with `open` and ends with what that returned.
 * @param limit items that may wait before `full` says so
 * @param drained called when an iteration that was full has room again
 */
export function createPull<T>(
  limit: number,
  open: (pull: Pull<T>) => () => void,
  drained: () => void,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const queue: T[] = [];
      let over: { error: Error | null } | null = null;
      let wake: (() => void) | null = null;
      const signal = (): void => {
        wake?.();
        wake = null;
      };
      const close = open({
        push(item) {
          queue.push(item);
          signal();
        },
        end(error) {
          over = { error };
          signal();
        },
        full: () => queue.length >= limit / 2,
      });
      return {
        async next() {
          while (queue.length === 0 && !over) await new Promise<void>((resolve) => (wake = resolve));
          const wasFull = queue.length >= limit / 2;
          const item = queue.shift();
          if (wasFull && queue.length < limit / 2) drained();
          if (item !== undefined) return { done: false, value: item };
          if (over?.error) throw over.error;
          return { done: true, value: undefined };
        },
        async return() {
          over = { error: null };
          queue.length = 0;
          close();
          signal();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
