import type { Info, Item } from "./item.ts";
import type { StreamInfo } from "./stream-info.ts";

/**
 * A synchronous kernel with state, for one segment of a stream. However the stream is cut into items, the
 * output is the same bit for bit; the input is neither changed nor kept; memory does not grow.
 */
export interface Stage<Out = Item> {
  /** What the output stream says of itself: channels, sfreq, filters applied, delay and settling time. */
  readonly output: StreamInfo;
  /** Never called with an info: a new segment makes a new stage. */
  push(item: Exclude<Item, Info>): readonly Out[];
  /** What is left at the end of the segment. */
  end(): readonly Out[];
}

/**
 * Makes a stage for a stream.
 * @throws EegError if it cannot work on this stream
 */
export type StageFactory<Out = Item> = (input: StreamInfo) => Stage<Out>;

/** One stage out of several, each fed by the one before it. */
export function chain(...factories: readonly StageFactory[]): StageFactory {
  return (input) => {
    const stages: Stage[] = [];
    let output = input;
    for (const factory of factories) {
      const stage = factory(output);
      stages.push(stage);
      output = stage.output;
    }
    const pass = (items: readonly Item[], from: number): readonly Item[] => {
      for (let i = from; i < stages.length && items.length > 0; i++) {
        const stage = stages[i]!;
        items =
          items.length === 1
            ? stage.push(notInfo(items[0]!))
            : items.flatMap((item) => stage.push(notInfo(item)));
      }
      return items;
    };
    return {
      output,
      push: (item) => pass([item], 0),
      end: () => stages.flatMap((stage, i) => pass(stage.end(), i + 1)),
    };
  };
}

/** Runs a stage over a whole stream. Each segment gets a stage of its own and begins with its info. */
export async function* through<Out>(
  source: AsyncIterable<Item> | Iterable<Item>,
  factory: StageFactory<Out>,
): AsyncGenerator<Info | Out> {
  let stage: Stage<Out> | undefined;
  for await (const item of source) {
    if (item.kind === "info") {
      if (stage) yield* stage.end();
      stage = factory(item.stream);
      yield { kind: "info", stream: stage.output };
    } else {
      if (!stage) throw new TypeError(`a stream begins with its info, got ${item.kind}`);
      yield* stage.push(item);
    }
  }
  if (stage) yield* stage.end();
}

function notInfo(item: Item): Exclude<Item, Info> {
  if (item.kind === "info") throw new TypeError("a stage emits no info: its output says it");
  return item;
}
