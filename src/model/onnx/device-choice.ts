import { EegError } from "../../eeg/errors.ts";

/** What ONNX Runtime computes on, by the names that it gives its execution providers. */
const providers = ["cpu", "webgpu", "cuda", "coreml", "dml"] as const;
export type Provider = (typeof providers)[number];

/** Something that ONNX Runtime can compute on here. */
export interface OnnxDevice {
  readonly provider: Provider;
  /** For people: `cpu`, or a GPU's name and how it is reached. */
  readonly description: string;
}

export const processor: OnnxDevice = { provider: "cpu", description: "cpu" };

/** From the one that is likely to be fastest on. */
const gpuProviders = ["cuda", "dml", "webgpu", "coreml"] as const;

/** What graphics processors a machine has. */
export interface Graphics {
  /** Names of real GPUs: never one that a processor computes (SwiftShader, lavapipe, WARP). */
  readonly gpus: readonly string[];
  readonly nvidia: boolean;
  /** Whether WebGPU would reach one of them. */
  readonly webgpu: boolean;
}

/**
 * The devices that a name stands for, best first: `auto` for every real GPU and then the processor, else one
 * execution provider of ONNX Runtime. Whether a device works shows when a model is made ready on it.
 * @param known providers of the installed runtime
 * @param graphics is asked only where a GPU may be taken
 * @throws EegError ENGINE_UNAVAILABLE for a device that the runtime does not know
 */
export function chooseDevices(
  name: string,
  known: ReadonlySet<string>,
  graphics: () => Graphics,
): readonly OnnxDevice[] {
  if (name === "cpu") return [processor];
  const wanted = name === "directml" ? "dml" : name;
  if (wanted === "auto") {
    const found = graphics();
    const real = gpuProviders.filter((provider) => known.has(provider) && reaches(provider, found));
    return [...real.map((provider) => describe(provider, found)), processor];
  }
  const provider = providers.find((each) => each === wanted);
  if (!provider || !known.has(provider)) {
    const here = providers.filter((each) => known.has(each));
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      `engine onnx knows no device '${name}' here; there are ${["auto", ...here].join(", ")}`,
    );
  }
  return [describe(provider, graphics())];
}

/** What to do where a device cannot be used. */
export function adviceFor({ provider }: OnnxDevice): string {
  const other = "take another with --device, such as cpu";
  return provider === "cuda"
    ? `its CUDA part comes by npm install onnxruntime-node@1.30 --onnxruntime-node-install=cuda12 and needs CUDA 12; or ${other}`
    : other;
}

/** Whether a provider would compute on a real GPU. */
function reaches(provider: Provider, { gpus, nvidia, webgpu }: Graphics): boolean {
  if (provider === "cuda") return nvidia;
  if (provider === "webgpu") return webgpu;
  return gpus.length > 0;
}

function describe(provider: Provider, graphics: Graphics): OnnxDevice {
  const fitting = provider === "cuda" ? graphics.gpus.filter((name) => /NVIDIA/.test(name)) : graphics.gpus;
  if (reaches(provider, graphics)) return { provider, description: `${fitting[0]!} (${provider})` };
  return { provider, description: provider === "webgpu" ? "a software adapter (webgpu)" : provider };
}
