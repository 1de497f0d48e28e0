import { Observable, type OperatorFunction } from "rxjs";
import type { Decision } from "../eeg/decision.ts";
import type { Info, Item, Marker } from "../eeg/item.ts";
import type { AnyModel } from "../model/window-model.ts";
import { createHopQueue, type Dropped, type Overload } from "./hop-queue.ts";
import { createSession } from "./session.ts";
import type { DecodeOptions, StreamDecoder } from "./stream-decoder.ts";

export interface DecoderOptions extends DecodeOptions {
  /**
   * What to do when a live source outruns an asynchronous engine: leave out the oldest hops that wait, saying
   * which, or give up with an error. A synchronous engine (`wasm`) cannot be outrun: it holds the source up.
   * @default "drop-oldest"
   */
  readonly overload?: Overload;
  /** Hops that may wait for an asynchronous engine, at least 1. @default 10, one second */
  readonly maxWaiting?: number;
}

/**
 * The decoder of pushed streams: items in; infos, markers, decisions and what was dropped out, in order. Its state
 * and the engine that it makes belong to one subscription and are freed with it.
 * @throws RangeError for `maxWaiting` below 1. Into the stream: EegError as `decode`, and STREAM_OVERRUN by the
 * policy `error`
 */
export function decoder(
  model: AnyModel,
  options: DecoderOptions = {},
): OperatorFunction<Item, Info | Marker | Decision | Dropped> {
  const { overload = "drop-oldest", maxWaiting = 10 } = options;
  if (!(Number.isSafeInteger(maxWaiting) && maxWaiting >= 1))
    throw new RangeError(`maxWaiting: expected an integer of at least 1, got ${maxWaiting}`);
  return (source) =>
    new Observable((subscriber) => {
      const session = createSession(model, options);
      const queue = createHopQueue({
        overload,
        maxWaiting,
        next: (item) => subscriber.next(item),
        error: (error) => subscriber.error(error),
      });
      let current: StreamDecoder | undefined;

      function finish(): void {
        if (!current) return;
        queue.add(current.end(), current);
        queue.run(current.close);
        current = undefined;
      }

      function take(item: Item): void {
        if (item.kind === "info") {
          finish();
          current = session.begin(item.stream);
          queue.run(() => subscriber.next(item));
          return;
        }
        if (!current) throw new TypeError(`a stream begins with its info, got ${item.kind}`);
        if (item.kind === "marker") queue.run(() => subscriber.next(item));
        else for (const places of current.push(item)) queue.add(places, current);
      }

      const subscription = source.subscribe({
        next(item) {
          try {
            take(item);
          } catch (error) {
            subscriber.error(error);
          }
        },
        error: (error) => subscriber.error(error),
        complete() {
          finish();
          queue.run(() => subscriber.complete());
        },
      });
      return () => {
        subscription.unsubscribe();
        queue.stop(() => void session.release());
      };
    });
}
