import { EegError } from "../eeg/errors.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { WindowEngine, WindowModel } from "../model/window-model.ts";
import { personStatistics } from "./calibration.ts";
import { timingClock } from "./clock.ts";
import { createLabeller } from "./labeller.ts";
import { createStopwatch } from "./stopwatch.ts";
import { createCutter } from "./segment.ts";
import type { DecodeOptions, DecoderSession, StreamDecoder } from "./stream-decoder.ts";
import { windowScaling } from "./window-scaling.ts";
import { createWindowSegment, type PlacedWindow } from "./window-segment.ts";

/**
 * What all segments of a stream that a window model decodes share: the engine, made with the first window.
 * @throws EegError OPTION_INVALID for a hop that is no whole number of samples, ENGINE_UNAVAILABLE for another engine,
 * CALIBRATION_MISMATCH
 */
export function createWindowSession(model: WindowModel, options: DecodeOptions): DecoderSession {
  const { manifest } = model;
  const hop = hopSamples(model, options.hopSeconds);
  const given = options.engine;
  if (given !== undefined && !isWindowEngine(given))
    throw new EegError(
      "ENGINE_UNAVAILABLE",
      `model ${manifest.name} is an ONNX graph: it runs on the engine onnx, not on ${typeof given === "string" ? given : given.name}`,
    );
  const { normalisation, channels, window } = manifest.input;
  const scale = windowScaling(
    normalisation,
    { channels: channels.order.length, samples: window.samples },
    personStatistics(model, options.calibration),
  );
  let engine: Promise<WindowEngine> | undefined;
  const run = async (data: Float32Array): Promise<Float32Array> => {
    engine ??= given ? Promise.resolve(given) : model.createEngine(model);
    return (await engine).run(data);
  };

  function begin(stream: StreamInfo): StreamDecoder {
    const now = options.clock === "none" ? undefined : (options.clock ?? timingClock);
    const segment = createWindowSegment(manifest, stream, { ...options, hop });
    const labeller = createLabeller(manifest, stream.sfreq);
    const cut = createCutter(stream);
    const stopwatch = createStopwatch(now);
    let encodeBegun = 0;

    return {
      *push(item) {
        for (const piece of cut(item)) yield stopwatch.time(() => segment.push(piece));
      },
      end: () => stopwatch.time(() => segment.end()),
      encode({ window: data }: PlacedWindow) {
        encodeBegun = now?.() ?? 0;
        if (!data) return null;
        scale(data);
        return run(data);
      },
      decide({ sample, reasons }: PlacedWindow, outputs) {
        const decision = outputs
          ? labeller.label(sample, outputs, reasons)
          : labeller.abstain(sample, reasons);
        return now
          ? { ...decision, timing: { tokenMs: stopwatch.eachMs, encodeMs: now() - encodeBegun } }
          : decision;
      },
      skip: () => undefined, // windows know nothing of one another
      close: () => undefined,
    };
  }

  return {
    begin,
    async release() {
      if (engine && !given) await (await engine).release();
    },
  };
}

function isWindowEngine(engine: NonNullable<DecodeOptions["engine"]>): engine is WindowEngine {
  return typeof engine !== "string" && "run" in engine;
}

function hopSamples({ manifest }: WindowModel, seconds: number | undefined): number {
  const { window, sfreq } = manifest.input;
  if (seconds === undefined) return window.hopSamples;
  const samples = Math.round(seconds * sfreq);
  if (!(samples >= 1 && Math.abs(samples - seconds * sfreq) < 1e-6))
    throw new EegError(
      "OPTION_INVALID",
      `hop: expected a whole number of samples at the model's ${sfreq} Hz, got ${seconds} s`,
    );
  return samples;
}
