import type { Decision } from "../eeg/decision.ts";
import type { Gap, Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { Acting } from "../decode/acting.ts";
import type { GateSegment } from "../decode/gate.ts";
import { decideInOrder } from "../decode/in-order.ts";
import type { ActingPipeline, Pipeline } from "../decode/pipeline.ts";
import type { Place } from "../decode/placed.ts";
import { createSession } from "../decode/session.ts";
import type { DecodeOptions, StreamDecoder } from "../decode/stream-decoder.ts";
import type { Engine } from "../model/engine.ts";
import type { AnyModel, WindowEngine } from "../model/window-model.ts";
import type { StreamDescription } from "../protocol/stream-schema.ts";
import { batchSteps } from "./batching.ts";

/** A decision and when its making began, by `performance.now()`. */
type Decided = (decision: Decision, begunMs: number) => void;

/** One segment on its way to decisions. */
export interface Decoding {
  /** Decides on what the item completes; a promise only where the engine is asynchronous. */
  push(item: Samples | Gap, decided: Decided): void | Promise<void>;
  end(decided: Decided): void | Promise<void>;
}

/** One model and one engine for all streams of a server. */
export interface DecodingService {
  /** SHA-256 of the model's weights, in hex. */
  readonly hash: string;
  /** @throws EegError if the model cannot work on this stream */
  begin(stream: StreamInfo): Decoding;
  /** @throws EegError as `begin`, without beginning */
  check(stream: StreamInfo): void;
  describe(stream: StreamInfo): NonNullable<StreamDescription["model"]>;
  release(): Promise<void>;
}

export interface DecodingOptions extends Pick<
  DecodeOptions,
  "hopSeconds" | "allowFiltered" | "calibration" | "quality"
> {
  readonly model: AnyModel;
  /** Released with the service. */
  readonly engine: Engine | WindowEngine;
  /** What makes labels fit to act on. @default nothing: they are given as they are decided */
  readonly acting?: Pick<Acting, "stages" | "gate">;
  /** What `acting` and `calibration` are, for those who want to decide the same again. @default not told, if there are any */
  readonly pipeline?: ActingPipeline & Pick<Pipeline, "calibration">;
}

const noStages = { calibration: null, smoothSeconds: null, dwellSeconds: null, refractorySeconds: null };

/** @throws EegError as `createSession` */
export function createDecodingService({
  model,
  engine,
  pipeline,
  acting = { stages: [], gate: null },
  ...options
}: DecodingOptions): DecodingService {
  const shared = "run" in engine ? engine : batchSteps(engine, model.manifest.labels.length);
  const session = createSession(model, { ...options, engine: shared, stages: acting.stages });
  const gates = acting.gate?.open() ?? null;
  const { hopSeconds = 0.1, allowFiltered = false, quality = "off" } = options;
  const bare = acting.stages.length === 0 && options.calibration === undefined ? noStages : null;
  const told = pipeline ?? bare;

  /** The decoder's stages are made right behind its gate, which is what makes them the gate's own. */
  function begin(stream: StreamInfo): [StreamDecoder, GateSegment | null] {
    const gate = gates?.begin(stream) ?? null;
    try {
      return [session.begin(stream), gate];
    } catch (error) {
      gate?.close();
      throw error;
    }
  }

  return {
    hash: model.weightsHash,
    begin: (stream) => decodingOf(...begin(stream)),
    check(stream) {
      for (const begun of begin(stream)) begun?.close();
    },
    describe: ({ sfreq }) => ({
      name: model.manifest.name,
      version: model.manifest.version,
      hash: model.weightsHash,
      labels: [...model.manifest.labels],
      hopSamples: hopSeconds * hertz(sfreq),
      ...(told
        ? { pipeline: { engine: engine.name, device: engine.device, allowFiltered, quality, ...told } }
        : {}),
    }),
    async release() {
      await session.release();
      await gates?.release();
      await engine.release();
    },
  };
}

function decodingOf(decoder: StreamDecoder, gate: GateSegment | null): Decoding {
  function decide(pieces: Iterable<readonly Place[]>, decided: Decided): void | Promise<void> {
    const begun = performance.now();
    return decideInOrder(decoder, pieces, (decision) => decided(decision, begun));
  }

  function close(): void {
    decoder.close();
    gate?.close();
  }

  return {
    push(item, decided) {
      const seen = gate?.push(item);
      return seen
        ? seen.then(() => decide(decoder.push(item), decided))
        : decide(decoder.push(item), decided);
    },
    end(decided) {
      const seen = gate?.end();
      const done = seen
        ? seen.then(() => decide([decoder.end()], decided))
        : decide([decoder.end()], decided);
      if (!done) close();
      return done?.finally(close);
    },
  };
}
