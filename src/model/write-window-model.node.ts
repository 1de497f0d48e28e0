import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRandom } from "../eeg/random.ts";
import { EegError } from "../eeg/errors.ts";
import { sha256 } from "./load.ts";
import { createWindowEngine } from "./onnx/window-engine.node.ts";
import { windowManifestFault, type WindowManifest } from "./window-manifest.ts";

/** ONNX files are messages of Protocol Buffers, which end at 2 GiB. */
const largest = 2 ** 31;

/** @throws EegError FILE_UNREADABLE, MODEL_WEIGHTS for a file beyond 2 GiB */
export async function readOnnx(path: string): Promise<Uint8Array> {
  const refuse = (cause: unknown): never => {
    throw new EegError("FILE_UNREADABLE", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  };
  const { size } = await stat(path).catch(refuse);
  if (size >= largest)
    throw new EegError(
      "MODEL_WEIGHTS",
      `${path}: ${size} bytes; ONNX files end at 2 GiB, what is larger keeps its tensors elsewhere`,
    );
  return readFile(path).catch(refuse);
}

/** What is not known before the graph was run once. */
export type WindowManifestDraft = Omit<WindowManifest, "weights" | "output"> & {
  readonly output: Omit<WindowManifest["output"], "kind"> & {
    /** Found out by a run where it is left out. */
    readonly kind?: WindowManifest["output"]["kind"];
  };
};

/**
 * The manifest of a graph once it was run on silence and on noise: it must give a finite number for each label.
 * @throws EegError MODEL_MANIFEST, MODEL_WEIGHTS, ENGINE_UNAVAILABLE
 */
export async function completeManifest(
  { output, ...draft }: WindowManifestDraft,
  graph: Uint8Array,
): Promise<WindowManifest> {
  const manifest: WindowManifest = {
    ...draft,
    output: { kind: "logits", ...output },
    weights: { file: "model.onnx", sha256: await sha256(graph) },
  };
  const fault = windowManifestFault(manifest);
  if (fault !== null) throw new EegError("MODEL_MANIFEST", `model ${manifest.name}, ${fault}`);
  const outputs = await dryRun(manifest, graph);
  const kind = output.kind ?? (outputs.every(isDistribution) ? "probabilities" : "logits");
  return { ...manifest, output: { ...manifest.output, kind } };
}

async function dryRun(manifest: WindowManifest, graph: Uint8Array): Promise<Float32Array[]> {
  const size = manifest.input.channels.order.length * manifest.input.window.samples;
  const random = createRandom(1);
  const noise = (): Float32Array => Float32Array.from({ length: size }, () => random.normal());
  const engine = await createWindowEngine({ manifest, graph });
  try {
    const outputs: Float32Array[] = [];
    for (const window of [noise(), noise(), new Float32Array(size)]) outputs.push(await engine.run(window));
    if (outputs.slice(0, 2).every((each) => each.every(Number.isFinite))) return outputs.slice(0, 2);
    throw new EegError(
      "MODEL_WEIGHTS",
      `model ${manifest.name}: gives ${[...outputs[0]!].join(", ")} for a window of noise, which are no numbers; do --unit and --scale say what it was trained on?`,
    );
  } finally {
    await engine.release();
  }
}

function isDistribution(outputs: Float32Array): boolean {
  const total = outputs.reduce((sum, value) => sum + value, 0);
  return outputs.every((value) => value >= 0) && Math.abs(total - 1) < 1e-4;
}

/**
 * Writes a model folder; it stands under its name once it is whole.
 * @throws EegError FILE_UNWRITABLE, also where something stands there already
 */
export async function writeWindowModel(
  folder: string,
  { manifest, graph }: { readonly manifest: WindowManifest; readonly graph: Uint8Array },
): Promise<void> {
  const part = `${folder}.part`;
  const exists = await stat(folder).then(
    () => true,
    () => false,
  );
  if (exists)
    throw new EegError("FILE_UNWRITABLE", `${folder} is there already; name another folder, or remove it`);
  try {
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true });
    await writeFile(join(part, "model.onnx"), graph);
    await writeFile(join(part, "README.md"), card(manifest));
    await writeFile(join(part, "model.json"), JSON.stringify(manifest, null, 2) + "\n");
    await rename(part, folder);
  } catch (cause) {
    await rm(part, { recursive: true, force: true });
    throw new EegError("FILE_UNWRITABLE", `${folder}: cannot be written (${(cause as Error).message})`, {
      cause,
    });
  }
}

function card({ name, version, task, labels, input }: WindowManifest): string {
  return `# ${name} ${version}

${task}. Labels: ${labels.join(", ")}.

A decoder from elsewhere: \`model.onnx\` takes ${input.channels.order.length} channels (${input.channels.order.join(", ")})
over ${input.window.samples} samples at ${input.sfreq} Hz.

Say here who trained it, on whose data and under which licence, and how well it decodes people it has not seen.
`;
}
