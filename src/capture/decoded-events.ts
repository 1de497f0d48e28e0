import { createActing, type ActingOptions } from "../decode/acting.ts";
import type { Calibration } from "../decode/calibration.ts";
import { decodeItems } from "../decode/decode.ts";
import { actingPipeline, calibrationHash } from "../decode/pipeline.ts";
import type { Item } from "../eeg/item.ts";
import type { Engine } from "../model/engine.ts";
import type { AnyModel, WindowEngine } from "../model/window-model.ts";
import type { CaptureEvent } from "./capture-event.ts";
import type { Decoder } from "./manifest.ts";

/** How a stream is decoded while it is captured. */
export interface LocalDecoding extends ActingOptions {
  readonly model: AnyModel;
  /** Its owner releases it. */
  readonly engine: Engine | WindowEngine;
  /** @default 0.1 */
  readonly hopSeconds?: number;
  readonly calibration?: Calibration;
}

/**
 * The events of a stream that comes without decisions, such as one of LSL, with those that are made here.
 * @param source says where it comes from, with each segment
 * @param decoding null: it is captured as it is
 * @throws EegError as `decode`
 */
export async function* decodedEvents(
  items: AsyncIterable<Item>,
  decoding: LocalDecoding | null,
  source: Readonly<Record<string, unknown>> = {},
): AsyncGenerator<CaptureEvent, void, undefined> {
  const decoder = decoding && (await decoderOf(decoding));
  const eventOf = (item: Item): CaptureEvent =>
    item.kind === "info" ? { kind: "segment", stream: item.stream, decoder, source } : item;
  if (!decoding) {
    for await (const item of items) yield eventOf(item);
    return;
  }
  const { model, engine, hopSeconds = 0.1, allowFiltered = false, calibration } = decoding;
  const passed: CaptureEvent[] = [];
  async function* pass(): AsyncGenerator<Item> {
    for await (const item of items) {
      passed.push(eventOf(item));
      yield item;
    }
  }
  const { watch, stages } = createActing(model, { ...decoding, hopSeconds, allowFiltered });
  const how = { engine, hopSeconds, allowFiltered, stages, ...(calibration ? { calibration } : {}) };
  for await (const item of decodeItems(watch(pass()), model, how)) {
    yield* passed.splice(0);
    if (item.kind === "decision") yield item;
  }
  yield* passed.splice(0);
}

async function decoderOf(decoding: LocalDecoding): Promise<Decoder> {
  const { model, engine, calibration } = decoding;
  const { name, version, labels } = model.manifest;
  return {
    name,
    version,
    weights: model.weightsHash,
    labels,
    hopSeconds: decoding.hopSeconds ?? 0.1,
    pipeline: {
      engine: engine.name,
      device: engine.device,
      calibration: calibration ? await calibrationHash(calibration) : null,
      allowFiltered: decoding.allowFiltered ?? false,
      ...actingPipeline(decoding),
    },
  };
}
