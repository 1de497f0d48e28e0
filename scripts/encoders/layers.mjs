// What the encoders in this folder are made of, on the graph builder of src/model/graph. Tensors are named as in the
// checkpoints that their authors publish, so that such weights fit.
import { createRandom } from "../../dist/eeg/random.js";
import { createGraph } from "../../dist/model/graph/graph.js";
import { operations } from "../../dist/model/graph/operations.js";

/** A graph being built, its operations, its weights (given ones by name, or random ones) and what is made of them. */
export function startGraph(given, seed) {
  const graph = createGraph();
  const random = createRandom(seed);
  const made = new Map();
  function numbers(name, shape) {
    const size = shape.reduce((product, n) => product * n, 1);
    const known = given?.get(name);
    if (given && known?.length !== size)
      throw new RangeError(
        `weights, '${name}': expected [${shape.join(", ")}], got ${known?.length ?? "none"}`,
      );
    const data = known ?? randomNumbers(random, name, shape);
    made.set(name, { shape, data });
    return data;
  }
  const weight = (name, shape, change = (x) => x) =>
    graph.initializer(name, shape, change(numbers(name, shape)));
  const parts = { graph, op: operations(graph), weight, numbers, made };
  return { ...parts, ...layersOf(parts) };
}

/** Of about the size that training gives them, so that nothing under- or overflows. */
function randomNumbers(random, name, shape) {
  const size = shape.reduce((product, n) => product * n, 1);
  const isNorm = /norm|proj_in\.[147]\.|gamma/.test(name);
  const fanIn = shape.slice(1).reduce((product, n) => product * n, 1);
  const spread = /embed/.test(name) && shape.length < 4 ? 0.02 : 1 / Math.sqrt(fanIn);
  return Float32Array.from({ length: size }, () => {
    const x = random.normal();
    if (isNorm) return name.endsWith("bias") ? 0.1 * x : 1 + 0.1 * x;
    return name.endsWith("bias") ? 0.02 * x : spread * x;
  });
}

function layersOf({ graph, op, weight }) {
  /** weight · x + bias of [rows, in]. */
  function linear(name, x, { out, bias = true }) {
    const w = weight(`${name}.weight`, [out, x.shape[1]]);
    return op.gemm(x, w, { transB: true, ...(bias ? { bias: weight(`${name}.bias`, [out]) } : {}) });
  }

  function layerNorm(name, x, { epsilon = 1e-6, scale = 1 } = {}) {
    const n = x.shape.at(-1);
    const scaled = (values) => values.map((value) => value * scale);
    const bias = weight(`${name}.bias`, [n], scaled);
    return op.layerNorm(x, weight(`${name}.weight`, [n], scaled), { bias, epsilon })[0];
  }

  /** Exact, with the error function. */
  function gelu(x) {
    return graph.node("Gelu", [x], { shapes: [x.shape], attributes: { approximate: { text: "none" } } })[0];
  }

  /** [batch, in, ...] with a bias. */
  function conv(name, x, { out, kernel, strides, padding, group = 1 }) {
    const w = weight(`${name}.weight`, [out, x.shape[1] / group, ...kernel]);
    const plain = op.conv(x, w, { strides, pads: [...padding, ...padding], group });
    const node = graph.nodes.at(-1);
    node.inputs.push(weight(`${name}.bias`, [out]));
    return plain;
  }

  /** Over the channels of a group and all places: [batch, channels, ...]. */
  function groupNorm(name, x, groups) {
    const [batch, channels, ...rest] = x.shape;
    const each = (channels / groups) * rest.reduce((product, n) => product * n, 1);
    const one = graph.constant(new Float32Array(groups).fill(1), [groups]);
    const zero = graph.constant(new Float32Array(groups), [groups]);
    const shape = [batch, groups, each];
    const [normal] = graph.node("InstanceNormalization", [op.reshape(x, shape), one, zero], {
      shapes: [shape],
      attributes: { epsilon: { float: 1e-5 } },
    });
    const perChannel = [channels, ...rest.map(() => 1)];
    const scaled = op.mul(op.reshape(normal, x.shape), weight(`${name}.weight`, perChannel));
    return op.add(scaled, weight(`${name}.bias`, perChannel));
  }

  /**
   * softmax(q kᵀ / √e) v over the tokens of each row of the batch.
   * @param qkv [batch · tokens, 3 · width]: queries, keys, values
   * @param change of queries and keys, [batch, heads, tokens, e], the queries' with the factor 1 / √e
   */
  function attend(qkv, { batch, heads, change }) {
    const width = qkv.shape[1] / 3;
    const tokens = qkv.shape[0] / batch;
    const each = width / heads;
    const apart = op.transpose(op.reshape(qkv, [batch, tokens, 3, heads, each]), [2, 0, 3, 1, 4]);
    const part = (i) =>
      op.reshape(op.slice(apart, { axis: 0, start: i, end: i + 1 }), [batch, heads, tokens, each]);
    const factor = 1 / Math.sqrt(each);
    const { query = (q) => op.mul(q, op.scalar(factor)), key = (k) => k } = change?.(factor) ?? {};
    const scores = op.matmul(query(part(0)), op.transpose(key(part(1)), [0, 1, 3, 2]));
    const seen = op.matmul(op.softmax(scores), part(2));
    return op.reshape(op.transpose(seen, [0, 2, 1, 3]), [batch * tokens, width]);
  }

  /** down · gelu(up · x) of [rows, width]. */
  function feedForward([up, down], x, hidden) {
    return linear(down, gelu(linear(up, x, { out: hidden })), { out: x.shape[1] });
  }

  return { linear, layerNorm, gelu, conv, groupNorm, attend, feedForward };
}
