import { describe, expect, test } from "@jest/globals";
import { broadcast, createGraph } from "../../../src/model/graph/graph.ts";
import { onnxBytes } from "../../../src/model/graph/onnx.ts";
import { operations } from "../../../src/model/graph/operations.ts";
import { createSession } from "../../../src/train/session.node.ts";

describe("shapes", () => {
  test("broadcast as in ONNX", () => {
    expect(broadcast([2, 1, 4], [3, 1])).toEqual([2, 3, 4]);
    expect(broadcast([], [5])).toEqual([5]);
    expect(() => broadcast([2], [3])).toThrow("graph: shapes [2] and [3] do not go together");
  });

  test("that do not fit are refused where the operation is made", () => {
    const graph = createGraph();
    const op = operations(graph);
    const x = graph.input("x", [2, 3]);
    expect(() => op.matmul(x, x)).toThrow("graph: cannot multiply [2, 3] by [2, 3]");
    expect(() => op.gemm(x, x, {})).toThrow("graph: cannot multiply [2, 3] by [2, 3]");
    expect(() => op.reshape(x, [4])).toThrow("graph: [2, 3] cannot become [4]");
    expect(() => graph.input("x", [1])).toThrow("graph: a second tensor named 'x'");
    expect(() => graph.constant(new Float32Array(3), [2])).toThrow("expected 2 numbers for [2], got 3");
  });

  test("of a convolution count strides, dilation and padding", () => {
    const graph = createGraph();
    const op = operations(graph);
    const x = graph.input("x", [2, 3, 20]);
    const w = graph.input("w", [4, 3, 3]);
    expect(op.conv(x, w, { strides: [2], dilations: [4], pads: [1, 2] }).shape).toEqual([2, 4, 8]);
    expect(() => op.conv(x, w, { strides: [1], group: 2 })).toThrow(
      "graph: 3 channels into a convolution of 3 x 2",
    );
  });
});

describe("ONNX", () => {
  test("a graph's bytes are those of the wire format", () => {
    const graph = createGraph();
    graph.output("y", operations(graph).exp(graph.input("x", [1])));
    const text = Buffer.from(onnxBytes(graph)).toString("latin1");
    // ModelProto: ir_version 9, producer "brainwire", graph, operator set 20 of the default domain.
    expect(text.startsWith("\x08\x09\x12\x09brainwire\x3a")).toBe(true);
    expect(text.endsWith("\x42\x04\x0a\x00\x10\x14")).toBe(true);
    expect(text).toContain("\x0a\x01x\x12\x05Exp.0\x1a\x05Exp.0\x22\x03Exp"); // NodeProto
  });

  test("negative integers and names beyond ASCII survive", async () => {
    const graph = createGraph();
    const op = operations(graph);
    graph.output("größe", op.softmax(graph.input("µV", [2, 2]))); // its axis is -1
    const session = await createSession(graph);
    const { größe } = await session.run({ µV: Float32Array.of(0, 0, 0, Math.log(3)) });
    expect(Array.from(größe!, (v) => Math.round(v * 1e6) / 1e6)).toEqual([0.5, 0.5, 0.25, 0.75]);
    await session.release();
  });

  test("an input of another size is refused by name", async () => {
    const graph = createGraph();
    graph.output("y", operations(graph).exp(graph.input("x", [3])));
    const session = await createSession(graph);
    await expect(session.run({ x: new Float32Array(2) })).rejects.toThrow(
      "graph input 'x': expected 3 numbers, got 2",
    );
    await expect(session.run({})).rejects.toThrow("graph input 'x': expected 3 numbers, got none");
    await session.release();
  });
});
