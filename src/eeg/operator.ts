import { concat, concatMap, defer, type OperatorFunction } from "rxjs";
import type { Info, Item } from "./item.ts";
import type { Stage, StageFactory } from "./stage.ts";

/** Lifts a stage into RxJS: its kernel is born with the stream's info, one per subscription, and freed with it. */
export function operator<Out>(factory: StageFactory<Out>): OperatorFunction<Item, Info | Out> {
  return (source) =>
    defer(() => {
      let stage: Stage<Out> | undefined;
      const end = (): readonly Out[] => stage?.end() ?? [];
      const step = (item: Item): readonly (Info | Out)[] => {
        if (item.kind !== "info") {
          if (!stage) throw new TypeError(`a stream begins with its info, got ${item.kind}`);
          return stage.push(item);
        }
        const rest = end();
        stage = factory(item.stream);
        return [...rest, { kind: "info", stream: stage.output }];
      };
      return concat(source.pipe(concatMap(step)), defer(end));
    });
}
