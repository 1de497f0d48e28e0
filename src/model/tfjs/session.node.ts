import type { Tensor } from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.ts";
import type { GraphSession } from "../thread/graph-session.ts";
import { runOperation } from "./operations.ts";
import { loadTensorflow, type TfjsDevice } from "./runtime.node.ts";

export interface TfjsSessionOptions {
  readonly graph: Graph;
  readonly device: TfjsDevice;
  /** Refuses an adapter that a processor only pretends to be. */
  readonly realOnly: boolean;
}

/**
 * Makes one of the encoder's graphs ready in TensorFlow.js: its numbers become tensors on the device, and a run goes
 * through its nodes in order.
 * @throws EegError ENGINE_UNAVAILABLE where TensorFlow.js or the device is absent
 */
export async function createTfjsSession({
  graph,
  device,
  realOnly,
}: TfjsSessionOptions): Promise<GraphSession> {
  const { tf, description, fault, close } = await loadTensorflow(device, realOnly);
  const ints = new Map<string, readonly number[]>();
  const held = new Map<string, Tensor>();
  for (const { tensor, data } of graph.initializers)
    if (data instanceof Float32Array) held.set(tensor.name, tf.tensor(data, [...tensor.shape], "float32"));
    else ints.set(tensor.name, Array.from(data, Number));

  return {
    device: description,
    inputs: graph.inputs.map(({ name, dtype, shape }) => ({ name, type: dtype, shape })),
    outputs: graph.outputs.map(({ name, dtype, shape }) => ({ name, type: dtype, shape })),
    async run(feeds, wanted) {
      let results: Record<string, Tensor> = {};
      try {
        results = tf.tidy(() => {
          const values = new Map(held);
          for (const [name, { data, shape }] of Object.entries(feeds))
            values.set(name, tf.tensor(data, [...shape], "float32"));
          for (const node of graph.nodes) {
            const inputs = node.inputs.flatMap(({ name }) => values.get(name) ?? []);
            const given = { tf, node, ints: (i: number) => ints.get(node.inputs[i]!.name) ?? [] };
            runOperation(inputs, given).forEach((value, i) => values.set(node.outputs[i]!.name, value));
          }
          return Object.fromEntries(wanted.map((name) => [name, values.get(name)!]));
        });
        // each is waited for, also where one fails: a thread that ends while WebGPU reads takes the process with it
        const read = await Promise.allSettled(wanted.map((name) => results[name]!.data()));
        const said = fault();
        if (said !== null) throw new Error(said);
        return Object.fromEntries(
          read.map((one, i) => {
            if (one.status === "rejected") throw one.reason;
            const name = wanted[i]!;
            return [name, { data: one.value as Float32Array, shape: results[name]!.shape }] as const;
          }),
        );
      } catch (cause) {
        throw new Error(fault() ?? (cause as Error).message, { cause }); // the device's own words say more
      } finally {
        tf.dispose(results);
      }
    },
    release() {
      for (const tensor of held.values()) tensor.dispose();
      close();
      return Promise.resolve();
    },
  };
}
