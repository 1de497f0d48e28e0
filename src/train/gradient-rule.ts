import type { GraphNode, Tensor } from "../model/graph/graph.ts";
import type { Operations } from "../model/graph/operations.ts";

/** What a rule is given. */
export interface Backward {
  readonly node: GraphNode;
  /** Of the node's first output. */
  readonly gradient: Tensor;
  readonly op: Operations;
  /** The numbers of a constant of the graph, such as a slice's start. */
  readonly integers: (constant: Tensor) => readonly number[];
}

/** For each input, what makes its part of the gradient; null where there is none. Only those needed are called. */
export type GradientRule = (backward: Backward) => readonly ((() => Tensor) | null)[];
