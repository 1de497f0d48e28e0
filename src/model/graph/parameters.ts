import { parameterShapes, type EncoderSizes } from "../encoder.ts";
import { sizeOf, type GraphBuilder, type Tensor } from "./graph.ts";

/** The encoder's tensors within a graph, by their names in `model/encoder.ts`. */
export type Parameters = (name: string) => Tensor;

/** Parameters that are given at every run, as in training. */
export function parameterInputs(graph: GraphBuilder, sizes: EncoderSizes): Parameters {
  return lazily(sizes, (name, shape) => graph.input(name, shape));
}

/** Parameters that are part of the graph. @throws RangeError where one is absent or of another size */
export function parameterInitializers(
  graph: GraphBuilder,
  sizes: EncoderSizes,
  weights: ReadonlyMap<string, Float32Array>,
): Parameters {
  return lazily(sizes, (name, shape) => {
    const data = weights.get(name);
    if (data?.length !== sizeOf(shape))
      throw new RangeError(
        `weights, '${name}': expected ${sizeOf(shape)} numbers, got ${data?.length ?? "none"}`,
      );
    return graph.initializer(name, shape, data);
  });
}

/** Each tensor enters the graph when it is first asked for: a part of the encoder has only its own. */
function lazily(sizes: EncoderSizes, make: (name: string, shape: readonly number[]) => Tensor): Parameters {
  const shapes = parameterShapes(sizes);
  const made = new Map<string, Tensor>();
  return (name) => {
    const known = made.get(name);
    if (known) return known;
    const shape = shapes.get(name);
    if (!shape) throw new RangeError(`the encoder has no tensor '${name}'`);
    const tensor = make(name, shape);
    made.set(name, tensor);
    return tensor;
  };
}
