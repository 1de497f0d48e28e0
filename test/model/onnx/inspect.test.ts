import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { EegError } from "../../../src/eeg/errors.ts";
import { createGraph } from "../../../src/model/graph/graph.ts";
import { onnxBytes } from "../../../src/model/graph/onnx.ts";
import { operations } from "../../../src/model/graph/operations.ts";
import { inspectOnnx } from "../../../src/model/onnx/inspect.ts";
import { describeWith, sharedData } from "../../shared-data.ts";

/** A message of Protocol Buffers: numbers are varints, all else begins with its length. */
type Value = number | string | Uint8Array | readonly [number, Value][];

function message(fields: readonly [number, Value][]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([number, value]) => {
      if (typeof value === "number") return [...varint(number * 8), ...varint(value)];
      const bytes =
        typeof value === "string"
          ? new TextEncoder().encode(value)
          : value instanceof Uint8Array
            ? value
            : message(value);
      return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
    }),
  );
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}

const port = (name: string, axes: readonly (number | string)[]): [number, Value][] => [
  [1, name],
  [
    2,
    [
      [
        1,
        [
          [1, 1],
          [2, axes.map((axis): [number, Value] => [1, [[typeof axis === "number" ? 1 : 2, axis]]])],
        ],
      ],
    ],
  ],
];
const node = (op: string, more: readonly [number, Value][] = []): [number, Value] => [1, [[4, op], ...more]];

/** ModelProto with this in its graph. */
function file(graph: readonly [number, Value][], more: readonly [number, Value][] = []): Uint8Array {
  return message([[1, 9], [7, [...graph, [11, port("x", ["n", 3])], [12, port("y", [1, 2])]]], ...more]);
}

function refusal(bytes: Uint8Array): string {
  try {
    inspectOnnx(bytes, "m.onnx");
  } catch (error) {
    if (error instanceof EegError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

test("what a graph of ours takes, gives and is made of", () => {
  const graph = createGraph();
  const op = operations(graph);
  const x = graph.input("x", [2, 3]);
  graph.output("y", op.gemm(x, graph.initializer("w", [3, 4], new Float32Array(12)), {}));
  expect(inspectOnnx(onnxBytes(graph), "ours")).toEqual({
    inputs: [{ name: "x", dtype: "float32", shape: [2, 3] }],
    outputs: [{ name: "y", dtype: "float32", shape: [2, 4] }],
    operators: ["Gemm", "Identity"],
    nParameters: 12,
  });
});

describeWith(sharedData("checkpoints/ctnet/model-2a-s01.onnx"), "a decoder exported by PyTorch", (path) => {
  test("takes a batch of windows and gives logits", () => {
    const { inputs, outputs } = inspectOnnx(readFileSync(path), "ctnet");
    expect(inputs).toEqual([{ name: "eeg", dtype: "float32", shape: ["batch", 1, 22, 1000] }]);
    expect(outputs).toEqual([{ name: "logits", dtype: "float32", shape: ["batch", 4] }]);
  });

  test("read after some of its bytes changed, or cut short: an error that says so, or another graph", () => {
    const bytes = readFileSync(path);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.nat(bytes.length),
        (changes, length) => {
          const changed = Uint8Array.from(bytes).subarray(0, length);
          for (const [at, value] of changes) if (at < length) changed[at] = value;
          expect(refusal(changed)).toMatch(/^(none|MODEL_WEIGHTS: .+)$/s);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test("initializers that old files list among the inputs are none", () => {
  const weights: [number, Value] = [
    5,
    [
      [1, 4],
      [2, 1],
      [8, "w"],
    ],
  ];
  const { inputs, nParameters } = inspectOnnx(file([weights, [11, port("w", [4])]]), "m");
  expect(inputs.map(({ name }) => name)).toEqual(["x"]);
  expect(nParameters).toBe(4);
});

describe("a graph that does not keep to itself is refused", () => {
  const external = (location: string): [number, Value][] => [
    [1, 4],
    [8, "w"],
    [
      13,
      [
        [1, "offset"],
        [2, "0"],
      ],
    ],
    [
      13,
      [
        [1, "location"],
        [2, location],
      ],
    ],
    [14, 1],
  ];
  const says = (location: string): string =>
    `MODEL_WEIGHTS: m.onnx: tensor 'w' is kept in another file ('${location}'); only a file that holds all of its tensors is taken: export the model without external data`;

  test.each(["weights.bin", "../../etc/passwd", "/etc/passwd"])("to %s", (location) => {
    const tensor = external(location);
    expect(refusal(file([[5, tensor]]))).toBe(says(location));
    // in a node's attribute, within the body of an If, in a sparse tensor, in a function, in a training graph
    expect(refusal(file([node("Constant", [[5, [[5, tensor]]]])]))).toBe(says(location));
    expect(refusal(file([node("If", [[5, [[6, [[5, tensor]]]]]])]))).toBe(says(location));
    expect(refusal(file([[15, [[1, tensor]]]]))).toBe(says(location));
    expect(
      refusal(
        file(
          [],
          [
            [
              25,
              [
                [1, "f"],
                [
                  7,
                  [
                    [4, "Constant"],
                    [5, [[5, tensor]]],
                  ],
                ],
              ],
            ],
          ],
        ),
      ),
    ).toBe(says(location));
    expect(refusal(file([], [[20, [[2, [[5, tensor]]]]]]))).toBe(says(location));
  });

  test("even where it names no file", () => {
    expect(
      refusal(
        file([
          [
            5,
            [
              [8, "w"],
              [14, 1],
            ],
          ],
        ]),
      ),
    ).toContain("tensor 'w' is kept in another file;");
  });
});

test("operators that nobody defines are refused, those of the file's own functions are not", () => {
  const own: [number, Value] = [7, "my.domain"];
  expect(refusal(file([node("Twist", [own]), node("Conv")]))).toBe(
    "MODEL_WEIGHTS: m.onnx: nobody defines the operators my.domain.Twist; export the model with standard ONNX operators",
  );
  expect(
    refusal(
      file(
        [node("Twist", [own])],
        [
          [
            25,
            [
              [1, "Twist"],
              [10, "my.domain"],
            ],
          ],
        ],
      ),
    ),
  ).toBe("none");
});

test("graphs within graphs end somewhere", () => {
  let graph: readonly [number, Value][] = [];
  for (let i = 0; i < 40; i++) graph = [node("If", [[5, [[6, graph]]]])];
  expect(refusal(file(graph))).toBe("MODEL_WEIGHTS: m.onnx: graphs are nested more than 16 deep");
});

test("what is no ONNX file is refused with the byte where it ends to be one", () => {
  const says = (what: string): string => `MODEL_WEIGHTS: m.onnx: no ONNX file: ${what}`;
  expect(refusal(new Uint8Array(0))).toBe(says("it holds no graph"));
  expect(refusal(new TextEncoder().encode("hello"))).toBe(says("wire type 4 is none (byte 3)"));
  expect(refusal(Uint8Array.of(58, 200, 1, 0))).toBe(says("a field of 200 bytes where 1 are left (byte 3)"));
  expect(refusal(Uint8Array.of(8, 255))).toBe(says("an integer is cut off (byte 2)"));
  expect(refusal(new Uint8Array(20).fill(255))).toBe(says("an integer is longer than 10 bytes (byte 10)"));
});
