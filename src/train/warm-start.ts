/** Going on from weights that exist: another model's, or an encoder's that was pre-trained without labels. */
import { EegError } from "../eeg/errors.ts";
import { parameterShapes, type EncoderSizes } from "../model/encoder.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Tensors } from "./adamw.ts";
import { encoderSizes, type TrainingConfig } from "./config.ts";

/** What a training goes on from. */
export interface WarmStart {
  /** For `model.json` and errors: a name, and the SHA-256 of the weights. */
  readonly name: string;
  readonly hash: string;
  readonly sizes: Omit<EncoderSizes, "classes">;
  readonly epsilon: number;
  readonly input: Pick<Manifest["input"], "filters" | "reference">;
  /** What its head tells apart; none where it was pre-trained without labels. */
  readonly labels: readonly string[];
  readonly weights: Tensors;
  /** Which weights go on learning. */
  readonly learn: "all" | "head";
}

/**
 * The weights to begin with: those of the start, also its token statistics, which its embedding belongs to. The head is
 * fresh where the labels are others.
 * @throws EegError CONFIG_INVALID where the configuration describes another encoder
 */
export function warmWeights(config: TrainingConfig, start: WarmStart, fresh: Tensors): Tensors {
  checkStart(config, start);
  const weights = new Map(fresh);
  const sameTask = start.labels.join("\n") === config.labels.join("\n");
  for (const name of fresh.keys()) {
    const kept = start.weights.get(name);
    if (kept && (sameTask || !isHead(name))) weights.set(name, kept.slice());
  }
  return weights;
}

/** Tensors that keep their start. */
export function frozenTensors({ recipe, ...config }: TrainingConfig, start?: WarmStart): ReadonlySet<string> {
  const all = [...parameterShapes(encoderSizes({ recipe, ...config })).keys()];
  const still = start?.learn === "head" ? all.filter((name) => !isHead(name)) : recipe.frozen;
  return new Set(["token.mean", "token.deviation", ...still]);
}

function isHead(name: string): boolean {
  return name.startsWith("head.");
}

function checkStart({ sizes, epsilon, input }: TrainingConfig, start: WarmStart): void {
  const differ = (field: string, wanted: unknown, got: unknown): EegError =>
    new EegError(
      "CONFIG_INVALID",
      `${field}: ${start.name} has ${JSON.stringify(wanted)}, the configuration ${JSON.stringify(got)}; training that goes on from it must keep it`,
    );
  for (const [name, wanted] of Object.entries(start.sizes))
    if (name !== "classes" && sizes[name as keyof typeof sizes] !== wanted)
      throw differ(`sizes.${name}`, wanted, sizes[name as keyof typeof sizes]);
  if (epsilon !== start.epsilon) throw differ("epsilon", start.epsilon, epsilon);
  for (const part of ["filters", "reference"] as const)
    if (JSON.stringify(input[part]) !== JSON.stringify(start.input[part]))
      throw differ(`input.${part}`, start.input[part], input[part]);
}
