import { EegError } from "../../eeg/errors.ts";
import { emitWarning } from "../emit-warning.node.ts";
import { startThread, type SessionThread } from "../thread/session-thread.node.ts";
import { axisLengths } from "../window-manifest.ts";
import type { WindowEngine, WindowEngineOptions, WindowModel } from "../window-model.ts";
import { adviceFor, processor, type OnnxDevice } from "./device-choice.ts";
import { findDevices } from "./devices.node.ts";

/**
 * Runs a decoder from elsewhere on ONNX Runtime, in a thread of its own. Where a GPU is lost, the processor takes
 * over with the window at hand.
 * @throws EegError ENGINE_UNAVAILABLE where the runtime or the device is absent, MODEL_WEIGHTS where the runtime
 * cannot make the graph ready: an operator that it does not know, shapes that do not fit
 */
export async function createWindowEngine(
  { manifest, graph }: Pick<WindowModel, "manifest" | "graph">,
  { device = "cpu", warn = emitWarning }: WindowEngineOptions = {},
): Promise<WindowEngine> {
  const { input, architecture, labels } = manifest;
  const lengths = { channels: input.channels.order.length, samples: input.window.samples };
  const shape = axisLengths(architecture.input.axes, lengths);
  const samplesFirst =
    architecture.input.axes.indexOf("samples") >= 0 &&
    architecture.input.axes.indexOf("samples") < architecture.input.axes.indexOf("channels");

  const waiting: OnnxDevice[] = [...(await findDevices(device))];
  const named = waiting.length === 1; // not `auto`: what was asked for, or nothing
  if (!waiting.includes(processor)) waiting.push(processor);
  let { thread, on } = await startOn(named ? [waiting.shift()!] : waiting);

  /** Makes the graph ready on the first of the devices that can, and takes those tried off the list. */
  async function startOn(devices: OnnxDevice[]): Promise<{ thread: SessionThread; on: OnnxDevice }> {
    for (;;) {
      const next = devices.shift()!;
      try {
        const runtime = { name: "onnx", bytes: graph, provider: next.provider, threads: 1 } as const;
        return { thread: await startThread({ runtime }), on: next };
      } catch (error) {
        if (devices.length === 0) throw explain(error as Error, next);
      }
    }
  }

  function explain(error: Error, device: OnnxDevice): EegError {
    if (error instanceof EegError) return error;
    const words = error.message;
    const unknown = /No Op registered for (\S+) with domain_version of (\d+)/.exec(words);
    if (unknown)
      return new EegError(
        "MODEL_WEIGHTS",
        `model ${manifest.name}: ONNX Runtime knows no operator ${unknown[1]} (opset ${unknown[2]}) of its graph; export it with ONNX's own operators`,
        { cause: error },
      );
    return device.provider === "cpu"
      ? new EegError("MODEL_WEIGHTS", `model ${manifest.name}: ONNX Runtime cannot run its graph: ${words}`, {
          cause: error,
        })
      : new EegError(
          "ENGINE_UNAVAILABLE",
          `engine onnx cannot use ${device.description}: ${words}; ${adviceFor(device)}`,
          { cause: error },
        );
  }

  let takeover: Promise<void> | undefined;

  async function replace(cause: Error): Promise<void> {
    const before = on.description;
    await thread.close();
    ({ thread, on } = await startOn(waiting));
    warn({
      code: "ENGINE_REPLACED",
      message: `engine onnx on ${before} failed (${cause.message}); ${on.description} goes on, no label is lost`,
    });
  }

  async function run(window: Float32Array): Promise<Float32Array> {
    const data = samplesFirst ? transposed(window, lengths) : window;
    const feeds = { [architecture.input.name]: { data, shape } };
    const used = thread;
    let output: Float32Array;
    try {
      output = await used.request({ kind: "run", feeds, output: architecture.output.name });
    } catch (error) {
      if (waiting.length === 0 && thread === used) throw explain(error as Error, on);
      if (thread === used) takeover ??= replace(error as Error).finally(() => (takeover = undefined));
      await takeover;
      return run(window);
    }
    if (output.length === labels.length) return output;
    throw new EegError(
      "MODEL_WEIGHTS",
      `model ${manifest.name}: output '${architecture.output.name}' holds ${output.length} numbers, there are ${labels.length} labels`,
    );
  }

  return {
    name: "onnx",
    get device() {
      return on.description;
    },
    run,
    release: () => thread.close(),
  };
}

function transposed(
  window: Float32Array,
  { channels, samples }: { readonly channels: number; readonly samples: number },
): Float32Array {
  const out = new Float32Array(window.length);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < samples; i++) out[i * channels + c] = window[c * samples + i]!;
  return out;
}
