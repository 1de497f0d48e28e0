/** TensorFlow.js as the user installed it: `@tensorflow/tfjs-node-gpu`, or a backend on WebGPU or WebAssembly. */
import { createRequire } from "node:module";
import { EegError } from "../../eeg/errors.ts";
import type { Tf } from "./operations.ts";

/** From the one that is likely to be fastest on. */
export const tfjsDevices = ["cuda", "webgpu", "cpu"] as const;
export type TfjsDevice = (typeof tfjsDevices)[number];

interface Loaded {
  readonly tf: Tf;
  /** For people: `cpu`, or the adapter's name. */
  readonly description: string;
  /** What the device said that makes its numbers worthless: it is lost, or has no memory left. Null while all is well. */
  readonly fault: () => string | null;
  readonly close: () => void;
}

const noFault = (): null => null;

/**
 * @param realOnly refuses an adapter that a processor only pretends to be
 * @throws EegError ENGINE_UNAVAILABLE where a package or the device is absent
 */
export function loadTensorflow(device: TfjsDevice, realOnly: boolean): Promise<Loaded> {
  switch (device) {
    case "cuda":
      return onCuda();
    case "webgpu":
      return onWebGpu(realOnly);
    case "cpu":
      return onProcessor();
  }
}

async function onCuda(): Promise<Loaded> {
  // Its code calls this function, which Node 23 took out (tensorflow/tfjs issue 8609).
  const util = createRequire(import.meta.url)("node:util") as { isNullOrUndefined?: unknown };
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  const tf = (await load("@tensorflow/tfjs-node-gpu", "cuda")) as Tf & { default?: Tf };
  const loaded = tf.default ?? tf;
  await loaded.ready();
  return { tf: loaded, description: "tfjs-node-gpu (cuda)", fault: noFault, close: () => undefined };
}

async function onProcessor(): Promise<Loaded> {
  const tf = (await load("@tensorflow/tfjs-core", "cpu")) as Tf;
  const backend = (await load("@tensorflow/tfjs-backend-wasm", "cpu")) as {
    setThreadsCount(n: number): void;
  };
  backend.setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
  return { tf, description: "cpu", fault: noFault, close: () => undefined };
}

/** As far as it is needed here (WebGPU specification, 4.3). */
interface Adapter {
  readonly info: { readonly vendor: string; readonly architecture: string; readonly description: string };
  readonly isFallbackAdapter?: boolean;
}

interface UncapturedError {
  readonly error: { readonly message: string };
  preventDefault(): void;
}

interface Device {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(type: "uncapturederror", listener: (event: UncapturedError) => void): void;
}

interface Gpu {
  requestAdapter(options: { powerPreference: string }): Promise<Adapter | null>;
}

async function onWebGpu(realOnly: boolean): Promise<Loaded> {
  const { create, globals } = (await load("webgpu", "webgpu")) as {
    create: (flags: readonly string[]) => Gpu;
    globals: object;
  };
  Object.assign(globalThis, globals);
  const gpu = create([]);
  // The backend asks the browser for its GPU; Node has no navigator before version 21, and none of its GPU since.
  const scope = globalThis as { navigator?: object };
  const navigator = scope.navigator ?? { userAgent: "node" };
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  Object.defineProperty(scope, "navigator", { value: navigator, configurable: true, writable: true });

  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter)
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      "engine tfjs: WebGPU finds no adapter here; install the GPU's Vulkan driver, or take --device cpu",
    );
  const { vendor, architecture, description } = adapter.info;
  const called = description || [vendor, architecture].filter(Boolean).join(" ") || "an adapter";
  const software =
    adapter.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|software/i.test(called + architecture);
  if (software && realOnly)
    throw new EegError("ENGINE_UNAVAILABLE", `engine tfjs: WebGPU finds no GPU here, only ${called}`);
  const tf = (await load("@tensorflow/tfjs-core", "webgpu")) as Tf;
  await load("@tensorflow/tfjs-backend-webgpu", "webgpu");
  await tf.setBackend("webgpu");
  await tf.ready();
  return {
    tf,
    description: software ? "a software adapter (webgpu)" : `${called} (webgpu)`,
    fault: watchDevice((tf.backend() as object as { readonly device: Device }).device),
    close: () => void gpu, // the adapter lives as long as someone holds it
  };
}

/**
 * WebGPU does not throw where a command fails, as for want of memory: what was to be computed stays 0, and the device
 * tells who listens.
 */
function watchDevice(device: Device): () => string | null {
  let fault: string | null = null;
  void device.lost.then(({ reason, message }) => {
    fault = `WebGPU device lost (${reason}): ${message}`;
  });
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault(); // else Dawn writes it to the standard output, between the decisions
    fault ??= `WebGPU: ${event.error.message.split("\n")[0]!}`;
  });
  return () => fault;
}

/** What to install for each device. */
const packages: Readonly<Record<TfjsDevice, string>> = {
  cuda: "@tensorflow/tfjs-node-gpu@4.22",
  webgpu: "@tensorflow/tfjs-core@4.22 @tensorflow/tfjs-backend-webgpu@4.22 webgpu",
  cpu: "@tensorflow/tfjs-core@4.22 @tensorflow/tfjs-backend-wasm@4.22 @tensorflow/tfjs-backend-cpu@4.22",
};

async function load(name: string, device: TfjsDevice): Promise<unknown> {
  try {
    return await import(name);
  } catch (cause) {
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      `engine tfjs on ${device} needs the package ${name}, which is not installed or does not load here: npm install ${packages[device]}`,
      { cause },
    );
  }
}
