import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadEncoder, loadModel, shippedModels } from "../../src/model/load.node.ts";
import { formatWeights, parseModel } from "../../src/model/load.ts";
import { nearest } from "../../src/model/near-names.ts";
import { formatSafetensors, parseSafetensors } from "../../src/model/safetensors.ts";
import { oddSizes, randomModel } from "./random-model.ts";

const model = randomModel({ sizes: oddSizes });

/** A file of one tensor, or of any header and bytes. */
function file(header: unknown, nBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + nBytes);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (shape: readonly number[], begin: number, end: number): object => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

describe("safetensors", () => {
  test("what is written is read again", () => {
    const tensors = new Map([
      ["a", { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, -6.5) }],
      ["scalar", { shape: [], data: Float32Array.of(7) }],
      ["none", { shape: [0, 4], data: new Float32Array(0) }],
    ]);
    const bytes = formatSafetensors(tensors);
    expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
    expect(parseSafetensors(bytes, "w")).toEqual(tensors);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(parseSafetensors(shifted.subarray(3), "w")).toEqual(tensors);
  });

  test("tensors lie in the file in any order; metadata are left out", () => {
    const header = { __metadata__: { by: "us" }, b: entry([1], 4, 8), a: entry([1], 0, 4) };
    expect([...parseSafetensors(file(header, 8), "w").keys()]).toEqual(["a", "b"]);
  });

  const faults: [string, Uint8Array, string][] = [
    ["too short", new Uint8Array(5), "w: expected at least 8 bytes of safetensors, got 5"],
    [
      "header beyond the end",
      file({}, 0).fill(9, 0, 1),
      "w: no safetensors file: a header of 9 bytes in a file of 10 (byte 0)",
    ],
    [
      "a header of terabytes",
      file({}, 0).fill(1, 0, 8),
      "w: no safetensors file: a header of 72340172838076670 bytes in a file of 10 (byte 0)",
    ],
    ["not JSON", file("{a", 0), "w: no safetensors file: its header is not JSON (byte 8)"],
    ["no object", file("[]", 0), "w: no safetensors file: its header is no JSON object (byte 8)"],
    ["another type", file({ a: { dtype: "F16" } }, 0), "w: tensor 'a': expected dtype F32, got \"F16\""],
    ["no entry", file({ a: null }, 0), "w: tensor 'a': expected dtype F32, got undefined"],
    ["a negative size", file({ a: entry([-1], 0, 4) }, 4), "w: tensor 'a': its shape is no list of sizes"],
    [
      "one offset",
      file({ a: { dtype: "F32", shape: [1], data_offsets: [0] } }, 4),
      "w: tensor 'a': its data_offsets are not two byte offsets",
    ],
    [
      "a size that does not fit",
      file({ a: entry([2], 0, 4) }, 4),
      "w: tensor 'a': shape [2] takes 8 bytes, got 4",
    ],
    ["a hole", file({ a: entry([1], 4, 8) }, 8), "w: tensor 'a' begins at byte 66, expected 62"],
    [
      "an overlap",
      file({ a: entry([1], 0, 4), b: entry([1], 0, 4) }, 4),
      "w: tensor 'b' begins at byte 115, expected 119",
    ],
    [
      "truncated",
      file({ a: entry([2], 0, 8) }, 7),
      "w: tensor 'a' ends at byte 70, the file at 69: it is truncated",
    ],
    ["bytes too many", file({ a: entry([1], 0, 4) }, 6), "w: 2 bytes after the last tensor (byte 66)"],
  ];
  test.each(faults)("%s is refused", (_, bytes, message) => {
    expect(() => parseSafetensors(bytes, "w")).toThrow(
      expect.objectContaining({ code: "MODEL_WEIGHTS", message }),
    );
  });
});

describe("a model folder", () => {
  let bytes: Uint8Array;
  let manifest: string;
  let folder: string;

  beforeAll(async () => {
    const weights = await formatWeights(model.weights, oddSizes);
    bytes = weights.bytes;
    manifest = manifestWith({ weights: { file: "weights.safetensors", sha256: weights.sha256 } });
    folder = await mkdtemp(join(tmpdir(), "brainwire-model-"));
    await writeFile(join(folder, "model.json"), manifest);
    await writeFile(join(folder, "weights.safetensors"), bytes);
  });
  afterAll(() => rm(folder, { recursive: true }));

  function manifestWith(changes: object): string {
    return JSON.stringify({ ...model.manifest, ...changes });
  }

  /** Parses the model with other weights, whose hash is right. */
  async function parseWith(weights: Uint8Array): Promise<unknown> {
    const changed = manifestWith({
      weights: { file: "w", sha256: createHash("sha256").update(weights).digest("hex") },
    });
    return parseModel({ manifest: changed, weights, place: "m" });
  }

  test("is loaded with all its tensors", async () => {
    const loaded = await loadEncoder(folder);
    expect(loaded.weights).toEqual(model.weights);
    expect(loaded.manifest.name).toBe("random");
    expect(loaded.weightsHash).toMatch(/^[0-9a-f]{64}$/);
  });

  test("whose weights are not those of the manifest is refused", async () => {
    const changed = bytes.slice();
    changed[changed.length - 1]! ^= 1;
    await expect(parseModel({ manifest, weights: changed, place: "m" })).rejects.toThrow(
      /^m\/weights\.safetensors: its SHA-256 is [0-9a-f]{64}, model\.json says [0-9a-f]{64}; fetch the model again$/,
    );
  });

  test("whose tensors do not fit its sizes is refused with the first that does not", async () => {
    const tensors = new Map(parseSafetensors(bytes, "w"));
    const embed = tensors.get("embed.weight")!;
    tensors.set("embed.weight", { ...embed, shape: [...embed.shape].toReversed().concat(1) });
    await expect(parseWith(formatSafetensors(tensors))).rejects.toThrow(
      "m/w: tensor 'embed.weight' has shape [15, 15, 1], the sizes of model.json want [15, 15]",
    );
    tensors.delete("embed.weight");
    await expect(parseWith(formatSafetensors(tensors))).rejects.toThrow(
      "m/w: tensor 'embed.weight' is missing",
    );
    tensors.set("embed.weight", embed).set("more", { shape: [1], data: Float32Array.of(1) });
    await expect(parseWith(formatSafetensors(tensors))).rejects.toThrow("m/w: tensor 'more' is not known");
  });

  test("that holds numbers that are none, or deviations of zero, is refused", async () => {
    const holding = async (name: string, value: number): Promise<unknown> => {
      const tensors = new Map(parseSafetensors(bytes, "w"));
      const { shape, data } = tensors.get(name)!;
      tensors.set(name, { shape, data: data.slice().fill(value, 2, 3) });
      return parseWith(formatSafetensors(tensors));
    };
    await expect(holding("embed.bias", NaN)).rejects.toThrow("m/w: tensor 'embed.bias' holds NaN at index 2");
    await expect(holding("token.deviation", 0)).rejects.toThrow(
      "m/w: tensor 'token.deviation' holds a number that is not positive",
    );
  });

  const { input, architecture, output } = model.manifest;
  const misfits: [object, string][] = [
    [{ input: { ...input, sfreq: 200 } }, "input.sfreq: expected 160, got 200"],
    [{ labels: ["a", "b"] }, "labels: 2 of them, sizes.classes says 3"],
    [{ labels: ["a", "b", "a"] }, "labels: each must be there once, got a, b, a"],
    [
      { architecture: { ...architecture, sizes: { ...oddSizes, heads: 4 } } },
      "sizes.width: 15 is no multiple of sizes.heads, 4",
    ],
    [
      { output: { ...output, kind: "probabilities" } },
      "output.kind: a bandpower-transformer gives logits, got probabilities",
    ],
    [
      { input: { ...input, channels: { region: ["Oz"], atLeast: 2 } } },
      "input.channels.atLeast: 2 of a region of 1",
    ],
  ];
  test.each(misfits)("whose manifest contradicts itself is refused: %j", async (changes, message) => {
    await expect(parseModel({ manifest: manifestWith(changes), weights: bytes, place: "m" })).rejects.toThrow(
      `m/model.json, ${message}`,
    );
  });

  test("of a newer format is refused, with what to do", async () => {
    const newer = manifestWith({ format: "brainwire-model/2" });
    await expect(parseModel({ manifest: newer, weights: bytes, place: "m" })).rejects.toThrow(
      "m/model.json: format 'brainwire-model/2' is newer than this brainwire, which knows brainwire-model/1; update brainwire",
    );
  });

  test("that is not there is an unknown model", async () => {
    await expect(loadModel(join(folder, "none"))).rejects.toThrow(
      `${join(folder, "none")} is no model folder: no ${join(folder, "none", "model.json")}`,
    );
    await expect(loadModel("eyez")).rejects.toMatchObject({ code: "MODEL_UNKNOWN" });
  });

  test("without its weights cannot be read", async () => {
    const empty = await mkdtemp(join(tmpdir(), "brainwire-model-"));
    await writeFile(join(empty, "model.json"), manifest);
    await expect(loadModel(empty)).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
    await rm(empty, { recursive: true });
  });
});

test("every model that is shipped loads", async () => {
  for (const name of await shippedModels()) expect((await loadModel(name)).manifest.name).toBe(name);
});

test("names near to a mistyped one", () => {
  expect(nearest("eyez", ["fists", "eyes"])).toEqual(["eyes"]);
  expect(nearest("Fist", ["fists", "eyes"])).toEqual(["fists"]);
  expect(nearest("sleep", ["fists", "eyes"])).toEqual([]);
});
