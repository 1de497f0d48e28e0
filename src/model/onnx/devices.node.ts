import { EegError } from "../../eeg/errors.ts";
import { findGraphics, thisMachine, type Graphics } from "./graphics.node.ts";
import { loadRuntime, providers, type Provider } from "./runtime.node.ts";

/** Something that ONNX Runtime can compute on here. */
export interface OnnxDevice {
  readonly provider: Provider;
  /** For people: `cpu`, or a GPU's name and how it is reached. */
  readonly description: string;
}

export const processor: OnnxDevice = { provider: "cpu", description: "cpu" };

/** From the one that is likely to be fastest on. */
const gpuProviders = ["cuda", "dml", "webgpu", "coreml"] as const;

/**
 * The devices that a name stands for, best first: `auto` for every real GPU and then the processor, else one
 * execution provider of ONNX Runtime. Whether a device works shows when a model is made ready on it.
 * @throws EegError ENGINE_UNAVAILABLE where the runtime is not installed or knows no such device
 */
export async function findDevices(name: string): Promise<readonly OnnxDevice[]> {
  const { listSupportedBackends } = await loadRuntime();
  const known = new Set(listSupportedBackends().map((backend) => backend.name));
  return chooseDevices(name, known, () => findGraphics(thisMachine));
}

/** @param graphics is asked only where a GPU may be taken */
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
