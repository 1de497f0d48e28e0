/** What `brainwire pretrain` leaves: an encoder without a head, to go on training from. */
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EegError } from "../eeg/errors.ts";
import { parameterShapes } from "../model/encoder.ts";
import { checkHash, sha256 } from "../model/load.ts";
import { manifestSchema } from "../model/manifest.ts";
import { formatSafetensors, parseSafetensors, type StoredTensor } from "../model/safetensors.ts";
import type { Tensors } from "./adamw.ts";
import { writeWhole } from "./write-whole.node.ts";

const architecture = manifestSchema.shape.architecture.shape;

const pretrainedSchema = z.strictObject({
  format: z.literal("brainwire-pretrained/1"),
  name: z.string().min(1),
  input: manifestSchema.shape.input,
  sizes: architecture.sizes.omit({ classes: true }),
  epsilon: architecture.epsilon,
  weights: manifestSchema.shape.weights,
  training: manifestSchema.shape.training,
  /** Mean squared error of the masked tokens, of deviation 1: on those who chose, and of saying the mean. */
  metrics: z.strictObject({ error: z.number(), ofMean: z.number() }),
});

/** The contents of `pretrained.json`. */
export type Pretrained = z.infer<typeof pretrainedSchema>;

export async function isPretrained(folder: string): Promise<boolean> {
  return stat(join(folder, "pretrained.json")).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** @throws EegError MODEL_MANIFEST, MODEL_WEIGHTS, FILE_UNREADABLE */
export async function loadPretrained(folder: string): Promise<{ pretrained: Pretrained; weights: Tensors }> {
  const place = join(folder, "pretrained.json");
  const pretrained = parsePretrained((await readBytes(place)).toString("utf8"), place);
  const file = join(folder, pretrained.weights.file);
  const bytes = await readBytes(file);
  await checkHash(bytes, pretrained, file);
  const tensors = parseSafetensors(bytes, file);
  for (const [name, shape] of headless(pretrained.sizes))
    if (tensors.get(name)?.shape.join() !== shape.join())
      throw new EegError("MODEL_WEIGHTS", `${file}: tensor '${name}' is missing or of another shape`);
  return { pretrained, weights: new Map([...tensors].map(([name, { data }]) => [name, data])) };
}

/** Writes the folder; `pretrained.json` last. @throws EegError FILE_UNWRITABLE */
export async function writePretrained(
  folder: string,
  weights: Tensors,
  facts: Omit<Pretrained, "format" | "weights">,
): Promise<void> {
  const tensors = headless(facts.sizes).map(([name, shape]): [string, StoredTensor] => [
    name,
    { shape, data: weights.get(name)! },
  ]);
  const bytes = formatSafetensors(new Map(tensors));
  const file = "weights.safetensors";
  const pretrained: Pretrained = {
    format: "brainwire-pretrained/1",
    ...facts,
    weights: { file, sha256: await sha256(bytes) },
  };
  await mkdir(folder, { recursive: true });
  await writeWhole(join(folder, file), bytes);
  await writeWhole(join(folder, "pretrained.json"), `${JSON.stringify(pretrained, null, 2)}\n`);
}

function headless(sizes: Pretrained["sizes"]) {
  return [...parameterShapes({ ...sizes, classes: 1 })].filter(([name]) => !name.startsWith("head."));
}

function parsePretrained(text: string, place: string): Pretrained {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EegError("MODEL_MANIFEST", `${place}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const result = pretrainedSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new EegError("MODEL_MANIFEST", `${place}, ${issue.path.join(".") || "top level"}: ${issue.message}`);
}

async function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new EegError("FILE_UNREADABLE", `${path}: cannot be read (${cause.code ?? cause.message})`, {
      cause,
    });
  });
}
