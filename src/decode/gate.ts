import type { Decision } from "../eeg/decision.ts";
import { EegError } from "../eeg/errors.ts";
import type { Item } from "../eeg/item.ts";
import type { AnyModel } from "../model/window-model.ts";
import { type DecisionStage, type DecisionStageFactory, withhold } from "./decision-stage.ts";
import { idleLabel } from "./idle.ts";
import type { Place } from "./placed.ts";
import { createSession, type DecodeOptions, type StreamDecoder } from "./stream-decoder.ts";

export interface GateOptions extends DecodeOptions {
  /** Probability that something is being done from which on decisions pass. @default 0.5 */
  readonly threshold?: number;
}

/** A second model that looks at the same stream and decides whether anything is done at all. */
export interface Gate {
  /** Hands a source on, and has the gate see each of its items first. For one source. */
  watch(source: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item, void, undefined>;
  /** For the options of the decoder that reads what `watch` hands on. */
  readonly stage: DecisionStageFactory;
}

/**
 * A gate by a model with a label `rest` or `idle`. A decision passes where the last decision of the gate that is not
 * later gives all other labels together the threshold; else it abstains: for the gate's reasons where the gate
 * abstains, else as `idle`. A decision that abstains already keeps its reasons.
 * @throws EegError OPTION_INVALID if the model has no such label; RangeError for a threshold outside 0 to 1
 */
export function createGate(model: AnyModel, options: GateOptions = {}): Gate {
  const { threshold = 0.5 } = options;
  const { name, labels } = model.manifest;
  if (!(threshold >= 0 && threshold <= 1))
    throw new RangeError(`gate: expected a threshold of 0 to 1, got ${threshold}`);
  const idle = idleLabel(labels);
  if (idle === null)
    throw new EegError(
      "OPTION_INVALID",
      `gate: model ${name} cannot tell whether anything is done: none of its labels is rest or idle, it has ${labels.join(", ")}`,
    );
  /** What the gate has decided on the segment that is being watched, from the last decision needed on. */
  let current: Decision[] = [];

  async function* watch(source: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item> {
    const session = createSession(model, { ...options, clock: "none" });
    let decoder: StreamDecoder | undefined;
    async function see(places: readonly Place[], by: StreamDecoder): Promise<void> {
      for (const place of places) {
        const encoded = by.encode(place);
        const decision = by.decide(place, encoded instanceof Promise ? await encoded : encoded);
        if (decision) current.push(decision);
      }
    }
    try {
      for await (const item of source) {
        if (item.kind === "info") {
          if (decoder) await see(decoder.end(), decoder);
          decoder?.close();
          decoder = session.begin(item.stream);
          current = [];
        } else if (item.kind !== "marker" && decoder)
          for (const places of decoder.push(item)) if (places.length > 0) await see(places, decoder);
        yield item;
      }
      if (decoder) await see(decoder.end(), decoder);
    } finally {
      await session.release();
    }
  }

  function stage(): DecisionStage {
    const said = current;
    return (decision) => {
      let passed = 0;
      while (passed + 1 < said.length && said[passed + 1]!.sample <= decision.sample) passed++;
      said.splice(0, passed);
      if (decision.abstained) return decision;
      const [now] = said;
      if (!now || now.sample > decision.sample) return withhold(decision, ["settling"]);
      if (now.abstained || !now.probabilities) return withhold(decision, now.reasons);
      return 1 - now.probabilities[idle!]! >= threshold ? decision : withhold(decision, ["idle"]);
    };
  }
  return { watch, stage };
}
