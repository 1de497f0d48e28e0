import type { Gap, Item, Samples } from "../eeg/item.ts";
import { hertz, sfreq } from "../eeg/sfreq.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { type Model, tokenDefinition } from "../model/model.ts";
import { resampleRatio, sourcePrefix } from "../signal/polyphase.ts";
import { modelHz, patchEnd } from "../tokens/patch-grid.ts";
import type { Token } from "../tokens/token.ts";
import { tokensStage } from "../tokens/tokens-stage.ts";
import { inputStage, type InputOptions } from "./input.ts";
import { createDue, type Place } from "./placed.ts";

export interface PlacedToken extends Place {
  readonly token: Token;
}

/** One segment's samples to tokens with their place on the source's grid. */
export interface Segment {
  push(item: Samples | Gap): readonly PlacedToken[];
  end(): readonly PlacedToken[];
}

/** @throws EegError if the model cannot work on this stream: see `inputStage` */
export function createSegment(model: Model, stream: StreamInfo, options: InputOptions): Segment {
  const input = inputStage(model.manifest, { ...options, alignment: model.alignment })(stream);
  const tokens = tokensStage(tokenDefinition(model))(input.output);
  const ratio = resampleRatio(stream.sfreq, sfreq(modelHz));
  const due = createDue<PlacedToken>();
  let position = 0;

  function found(items: readonly Item[]): readonly PlacedToken[] {
    const places: PlacedToken[] = [];
    for (const item of items)
      if (item.kind === "samples" || item.kind === "gap")
        for (const token of tokens.push(item))
          if (token.kind === "token")
            places.push({ token, sample: sourcePrefix(patchEnd(token.patch) - 1, ratio) });
    return due(places, position);
  }

  return {
    push(item) {
      position = item.start + item.nSamples;
      return found(input.push(item));
    },
    end: () => found(input.end()),
  };
}

/** Samples that all stages take in before the next ones: few enough for the processor's cache. */
const pieceSamples = 320;

/**
 * Cuts items into pieces: samples into 320 or so, gaps into minutes, so that what comes out of one stays small.
 * A piece is valid until the next is asked for; stages do not keep their input.
 */
export function createCutter({
  sfreq: rate,
  channels,
}: StreamInfo): (item: Samples | Gap) => Iterable<Samples | Gap> {
  const most = Math.ceil(60 * hertz(rate));
  const nChannels = channels.length;
  const room = new Float32Array(nChannels * pieceSamples);

  function piece({ start, data, nSamples }: Samples, from: number): Samples {
    const n = Math.min(pieceSamples, nSamples - from);
    const cut = room.subarray(0, nChannels * n);
    for (let c = 0; c < nChannels; c++) {
      const begin = c * nSamples + from;
      cut.set(data.subarray(begin, begin + n), c * n);
    }
    return { kind: "samples", start: start + from, data: cut, nSamples: n };
  }

  return function* (item) {
    if (item.kind === "samples" && item.nSamples <= 2 * pieceSamples) yield item;
    else if (item.kind === "samples")
      for (let from = 0; from < item.nSamples; from += pieceSamples) yield piece(item, from);
    else
      for (let from = 0; from < item.nSamples; from += most)
        yield { ...item, start: item.start + from, nSamples: Math.min(most, item.nSamples - from) };
  };
}
