import type { Decision } from "../eeg/decision.ts";
import type { Gap, Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { createSession, type DecodeOptions, type StreamDecoder } from "../decode/stream-decoder.ts";
import type { Pipeline } from "../decode/pipeline.ts";
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
  "hopSeconds" | "allowFiltered" | "calibration" | "quality" | "stages"
> {
  readonly model: AnyModel;
  /** Released with the service. */
  readonly engine: Engine | WindowEngine;
  /** What `stages` and `calibration` are, for those who want to decide the same again. @default not told, if there are any */
  readonly pipeline?: Pick<Pipeline, "calibration" | "smoothSeconds" | "dwellSeconds" | "refractorySeconds">;
}

const noStages = { calibration: null, smoothSeconds: null, dwellSeconds: null, refractorySeconds: null };

/** @throws EegError as `createSession` */
export function createDecodingService({
  model,
  engine,
  pipeline,
  ...options
}: DecodingOptions): DecodingService {
  const shared = "run" in engine ? engine : batchSteps(engine, model.manifest.labels.length);
  const session = createSession(model, { ...options, engine: shared });
  const { hopSeconds = 0.1, allowFiltered = false, quality = "off", stages = [] } = options;
  const bare = stages.length === 0 && options.calibration === undefined ? noStages : null;
  const told = pipeline ?? bare;
  return {
    hash: model.weightsHash,
    begin: (stream) => decodingOf(session.begin(stream)),
    check: (stream) => session.begin(stream).close(),
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
      await engine.release();
    },
  };
}

type Places = ReturnType<StreamDecoder["end"]>;

function decodingOf(decoder: StreamDecoder): Decoding {
  /** Decides as long as the engine answers at once; the rest is what a promise is returned for. */
  function decide(batches: Iterator<Places>, decided: Decided): void | Promise<void> {
    const begun = performance.now();
    for (let batch = batches.next(); batch.done !== true; batch = batches.next()) {
      const places = batch.value;
      for (let i = 0; i < places.length; i++) {
        const place = places[i]!;
        const logits = decoder.encode(place);
        if (logits instanceof Promise) return later({ batches, places, i, logits, decided, begun });
        const decision = decoder.decide(place, logits);
        if (decision) decided(decision, begun);
      }
    }
    return undefined;
  }

  async function later(rest: Rest): Promise<void> {
    const { batches, decided, begun } = rest;
    let { places, i, logits }: { places: Places; i: number; logits: ReturnType<StreamDecoder["encode"]> } =
      rest;
    for (;;) {
      const decision = decoder.decide(places[i]!, await logits);
      if (decision) decided(decision, begun);
      i++;
      while (i >= places.length) {
        const batch = batches.next();
        if (batch.done === true) return;
        places = batch.value;
        i = 0;
      }
      logits = decoder.encode(places[i]!);
    }
  }

  return {
    push: (item, decided) => decide(decoder.push(item)[Symbol.iterator](), decided),
    end(decided) {
      const done = decide([decoder.end()][Symbol.iterator](), decided);
      if (!done) decoder.close();
      return done?.finally(() => decoder.close());
    },
  };
}

interface Rest {
  readonly batches: Iterator<Places>;
  readonly places: Places;
  readonly i: number;
  readonly logits: Promise<Float32Array | null>;
  readonly decided: Decided;
  readonly begun: number;
}
