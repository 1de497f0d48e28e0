import type { Decision } from "../eeg/decision.ts";
import { EegError } from "../eeg/errors.ts";
import type { Place } from "./placed.ts";
import type { StreamDecoder } from "./stream-decoder.ts";

export type Overload = "drop-oldest" | "error";

/** Hops in a row that were left out because the engine was too slow: the encoder did not see them. */
export interface Dropped {
  readonly kind: "dropped";
  /** `sample` of the first and of the last decision that there would have been. */
  readonly fromSample: number;
  readonly toSample: number;
}

export interface HopQueueOptions {
  readonly overload: Overload;
  readonly maxWaiting: number;
  readonly next: (item: Decision | Dropped) => void;
  readonly error: (error: unknown) => void;
}

/**
 * Tokens on their way through an engine, one at a time and in order. A synchronous engine leaves none waiting; of
 * those that wait for an asynchronous one, at most so many are kept.
 */
export interface HopQueue {
  add(places: readonly Place[], by: StreamDecoder): void;
  /** Does something between the hops before and after. */
  run(task: () => void): void;
  /** Takes up nothing more; `done` is called when no hop is in the engine. */
  stop(done: () => void): void;
}

type Task =
  | { readonly kind: "hop"; readonly place: Place; readonly by: StreamDecoder }
  | { readonly kind: "run"; readonly task: () => void }
  | {
      readonly kind: "drop";
      readonly by: StreamDecoder;
      readonly from: number;
      readonly to: number;
      readonly n: number;
    };

export function createHopQueue({ overload, maxWaiting, next, error }: HopQueueOptions): HopQueue {
  let waiting: Task[] = [];
  let nHops = 0;
  let busy = false;
  let stopped: (() => void) | undefined;

  /** Goes on until the engine has to be waited for. */
  function work(): void {
    while (!busy && !stopped) {
      const task = waiting.shift();
      if (!task) return;
      if (task.kind === "run") task.task();
      else if (task.kind === "hop") {
        nHops--;
        hop(task.place, task.by);
      } else {
        for (let i = 0; i < task.n; i++) task.by.skip();
        next({ kind: "dropped", fromSample: task.from, toSample: task.to });
      }
    }
  }

  function hop(place: Place, by: StreamDecoder): void {
    const encoded = by.encode(place);
    if (!(encoded instanceof Promise)) return say(by.decide(place, encoded));
    busy = true;
    encoded
      .then((logits) => {
        busy = false;
        if (!stopped) say(by.decide(place, logits));
      })
      .catch(error)
      .finally(() => {
        busy = false;
        if (stopped) stopped();
        else work();
      });
  }

  function say(decision: Decision | null): void {
    if (decision) next(decision);
  }

  function relieve(): void {
    while (nHops > maxWaiting && !stopped) {
      const i = waiting.findIndex(({ kind }) => kind === "hop");
      const { place, by } = waiting[i] as Extract<Task, { kind: "hop" }>;
      if (overload === "error") {
        const what = `the source outran the engine: more than ${maxWaiting} hops wait at sample ${place.sample}`;
        return error(new EegError("STREAM_OVERRUN", `${what}; slow it down, or let hops be dropped`));
      }
      const before = waiting[i - 1];
      const joins = before?.kind === "drop" && before.by === by;
      const [from, n] = joins ? [before.from, before.n + 1] : [place.sample, 1];
      waiting.splice(joins ? i - 1 : i, joins ? 2 : 1, { kind: "drop", by, from, to: place.sample, n });
      nHops--;
    }
  }

  return {
    add(places, by) {
      if (stopped) return;
      for (const place of places) waiting.push({ kind: "hop", place, by });
      nHops += places.length;
      work();
      relieve();
    },
    run(task) {
      if (stopped) return;
      waiting.push({ kind: "run", task });
      work();
    },
    stop(done) {
      if (stopped) return;
      stopped = done;
      waiting = [];
      if (!busy) done();
    },
  };
}
