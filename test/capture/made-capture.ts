import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CaptureEvent } from "../../src/capture/capture-event.ts";
import { createCapture } from "../../src/capture/create-capture.ts";
import type { Decoder } from "../../src/capture/manifest.ts";
import { createActing } from "../../src/decode/acting.ts";
import { decodeItems } from "../../src/decode/decode.ts";
import type { Gap, Item, Marker, Samples } from "../../src/eeg/item.ts";
import type { Model } from "../../src/model/model.ts";
import { randomModel } from "../model/random-model.ts";
import { cut, labels, noise, streamInfo } from "../tokens/signals.ts";

/** A small model that looks back a second, so that captures need not be long. */
export const model: Model = randomModel({
  sizes: {
    components: 4,
    bands: 3,
    average: 3,
    width: 8,
    layers: 1,
    heads: 2,
    feedForward: 8,
    window: 5,
    classes: 2,
  },
  minContextSeconds: 0.5,
});

export type Pipeline = NonNullable<Decoder["pipeline"]>;

const plain: Pipeline = {
  engine: "wasm",
  device: "cpu",
  calibration: null,
  allowFiltered: false,
  smoothSeconds: null,
  dwellSeconds: null,
  refractorySeconds: null,
};

export function decoderWith(pipeline: Partial<Pipeline> = {}): Decoder {
  const { name, version, labels } = model.manifest;
  return {
    name,
    version,
    weights: model.weightsHash,
    labels,
    hopSeconds: 0.1,
    pipeline: { ...plain, ...pipeline },
  };
}

type Part = Samples | Gap | Marker;

/** Noise of several seconds in frames of 8 samples, with a gap in its midst; 160 Hz. */
export function frames(seconds: number, seed = 3): Part[] {
  const total = 160 * seconds;
  const whole = noise(labels.length, total, seed);
  const parts: Part[] = [{ kind: "marker", onset: 40, duration: 16, text: "begin; αβγ" }];
  for (let start = 0; start < total; start += 8) {
    if (start === 320) parts.push({ kind: "gap", start, nSamples: 48, reason: "lost" });
    if (start >= 320 && start < 368) continue;
    parts.push(cut(whole, start, start + 8));
  }
  return parts;
}

/** What a server would send of segments that it decodes itself: each event, decisions behind what they were made of. */
export async function* served(
  segments: readonly (readonly Part[])[],
  pipeline: Partial<Pipeline> = {},
): AsyncGenerator<CaptureEvent> {
  const { smoothSeconds, dwellSeconds, refractorySeconds } = { ...plain, ...pipeline };
  for (const [segment, parts] of segments.entries()) {
    const stream = { ...streamInfo(), t0: "2026-11-22T10:00:00.25", segment };
    const passed: Part[] = [];
    async function* source(): AsyncGenerator<Item> {
      yield { kind: "info", stream };
      for (const part of parts) {
        passed.push(part);
        yield part;
      }
    }
    yield { kind: "segment", stream, decoder: decoderWith(pipeline) };
    const { stages } = createActing(model, {
      ...(smoothSeconds === null ? {} : { smoothSeconds }),
      ...(dwellSeconds === null ? {} : { dwellSeconds }),
      ...(refractorySeconds === null ? {} : { refractorySeconds }),
    });
    for await (const item of decodeItems(source(), model, { stages, clock: "none" })) {
      yield* passed.splice(0);
      if (item.kind === "decision") yield { ...item, received: { ageMs: 1.5 } };
    }
    yield* passed.splice(0);
  }
  yield { kind: "note", what: "state", status: "ended" };
}

const folders: string[] = [];

export async function roomFor(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "brainwire-capture-"));
  folders.push(folder);
  return join(folder, name);
}

/** For `afterAll`. */
export async function cleanUp(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}

export interface CaptureOf {
  /** Whether it was ended, or left as it is while it is live. @default "ended" */
  readonly end?: "ended" | "live";
}

/** A capture of events. @returns its folder */
export async function captureOf(
  events: AsyncIterable<CaptureEvent> | Iterable<CaptureEvent>,
  { end = "ended" }: CaptureOf = {},
): Promise<string> {
  const folder = await roomFor("capture");
  const capture = await createCapture(folder, { source: { from: "a test" }, versions: { brainwire: "1" } });
  for await (const event of events) await capture.push(event);
  if (end === "ended") await capture.end("the stream ended");
  return folder;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}
