import type { Decision } from "../eeg/decision.ts";
import { EegError } from "../eeg/errors.ts";
import type { Item, Marker } from "../eeg/item.ts";
import { hertz, secondsAt, type Sfreq } from "../eeg/sfreq.ts";
import type { AnyModel } from "../model/window-model.ts";
import { decodeItems } from "./decode.ts";
import type { DecodeOptions } from "./stream-decoder.ts";

export interface DecodeAtOptions extends DecodeOptions {
  /** Texts of the annotations to decide at. */
  readonly texts: readonly string[];
  /** From an annotation's onset to the decision. */
  readonly offsetSeconds: number;
}

export interface DecisionAt {
  readonly marker: Marker;
  readonly decision: Decision;
}

/** Decisions that are kept for markers that come late: a minute of them at the default hop. */
const kept = 600;

/**
 * One decision for each annotation with one of the texts: the last whose sample is not after onset plus offset, in
 * the order of these times.
 * @throws EegError ANNOTATION_MISSING, at the end, if the stream had none of them; else as `decode`
 */
export async function* decodeAt(
  source: AsyncIterable<Item> | Iterable<Item>,
  model: AnyModel,
  options: DecodeAtOptions,
): AsyncGenerator<DecisionAt, void, undefined> {
  const { texts, offsetSeconds } = options;
  const seen = new Set<string>();
  let sfreq: Sfreq | undefined;
  let waiting: { marker: Marker; target: number }[] = [];
  let recent: Decision[] = [];
  let found = false;

  /** Answers all that wait for nothing later than a decision at `sample`. */
  function* answer(sample: number): Generator<DecisionAt> {
    const ready = waiting.filter(({ target }) => target < sample);
    if (ready.length === 0) return;
    waiting = waiting.filter(({ target }) => target >= sample);
    for (const { marker, target } of ready.sort((a, b) => a.target - b.target)) {
      const decision = recent.findLast((earlier) => earlier.sample <= target);
      yield { marker, decision: decision ?? tooEarly(target, sfreq!) };
    }
  }

  for await (const item of decodeItems(source, model, options)) {
    switch (item.kind) {
      case "info":
        yield* answer(Infinity);
        recent = [];
        sfreq = item.stream.sfreq;
        break;
      case "marker":
        seen.add(item.text);
        if (!texts.includes(item.text)) break;
        found = true;
        waiting.push({ marker: item, target: item.onset + offsetSeconds * hertz(sfreq!) });
        break;
      case "decision":
        yield* answer(item.sample);
        recent.push(item);
        if (recent.length >= 2 * kept) recent = recent.slice(-kept);
    }
  }
  yield* answer(Infinity);
  if (!found)
    throw new EegError(
      "ANNOTATION_MISSING",
      `no annotation says ${texts.join(" or ")}; the recording's say ${[...seen].slice(0, 12).join(", ") || "nothing"}`,
    );
}

/** Before the first decision there is only this to say. */
function tooEarly(target: number, sfreq: Sfreq): Decision {
  const sample = Math.max(0, Math.floor(target));
  return {
    kind: "decision",
    sample,
    time: secondsAt(sample, sfreq),
    label: null,
    probability: null,
    probabilities: null,
    abstained: true,
    reasons: ["settling"],
  };
}
