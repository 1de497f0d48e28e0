import type { Decision } from "../eeg/decision.ts";
import { EegError } from "../eeg/errors.ts";
import type { Gap, Item, Samples } from "../eeg/item.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import type { AnyModel } from "../model/window-model.ts";
import { type DecisionStage, type DecisionStageFactory, withhold } from "./decision-stage.ts";
import { idleLabel } from "./idle.ts";
import { decideInOrder } from "./in-order.ts";
import { createSession } from "./session.ts";
import type { DecodeOptions } from "./stream-decoder.ts";

export interface GateOptions extends DecodeOptions {
  /** Probability that something is being done from which on decisions pass. @default 0.5 */
  readonly threshold?: number;
}

/** A second model that looks at the same stream and decides whether anything is done at all. */
export interface Gate {
  /** Hands a source on, and has the gate see each of its items first. For one source. */
  watch(source: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item, void, undefined>;
  /** For streams that are pushed, any number of them on one engine. */
  open(): GateSession;
  /** For the options of the decoder that reads what `watch` hands on, or that is begun behind `GateSession.begin`. */
  readonly stage: DecisionStageFactory;
}

/** What all segments that a gate looks at share. */
interface GateSession {
  /**
   * Begins a segment: the stage that is made next is its own.
   * @throws EegError if the gate's model cannot work on this stream
   */
  begin(stream: StreamInfo): GateSegment;
  release(): Promise<void>;
}

/** One segment as its gate sees it: each item before the decoder does. Promises only where the engine is waited for. */
export interface GateSegment {
  push(item: Samples | Gap): void | Promise<void>;
  end(): void | Promise<void>;
  readonly close: () => void;
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
  /** What the gate has decided on the segment that was begun last, from the last decision needed on. */
  let current: Decision[] = [];

  function open(): GateSession {
    const session = createSession(model, { ...options, clock: "none" });
    return {
      begin(stream) {
        const decoder = session.begin(stream);
        const said: Decision[] = [];
        const decided = (decision: Decision): void => void said.push(decision);
        current = said;
        return {
          push: (item) => decideInOrder(decoder, decoder.push(item), decided),
          end: () => decideInOrder(decoder, [decoder.end()], decided),
          close: decoder.close,
        };
      },
      release: () => session.release(),
    };
  }

  async function* watch(source: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item> {
    const session = open();
    let segment: GateSegment | undefined;
    try {
      for await (const item of source) {
        if (item.kind === "info") {
          await segment?.end();
          segment?.close();
          segment = session.begin(item.stream);
        } else if (item.kind !== "marker") {
          const seen = segment?.push(item);
          if (seen) await seen;
        }
        yield item;
      }
      await segment?.end();
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
  return { watch, open, stage };
}
