import type { Item } from "../eeg/item.ts";
import type { AnyModel } from "../model/window-model.ts";
import type { DecisionStageFactory } from "./decision-stage.ts";
import { dwellStage } from "./dwell.ts";
import { createGate, type Gate } from "./gate.ts";
import { refractoryStage } from "./refractory.ts";
import { smoothStage } from "./smooth.ts";
import type { DecodeOptions } from "./stream-decoder.ts";

/** What makes labels fit to act on; each part only where it is named. */
export interface ActingOptions {
  /** Time constant of the mean over probabilities, the gate's too. */
  readonly smoothSeconds?: number;
  /** How long a label must hold before it is given. */
  readonly dwellSeconds?: number;
  /** How long after a change of label no other is given. */
  readonly refractorySeconds?: number;
  /** A model that says whether anything is done at all. */
  readonly gate?: AnyModel;
  /** Probability that something is done from which on the gate is open. @default 0.5 */
  readonly gateThreshold?: number;
  /** Of the decoder whose labels are acted on. */
  readonly hopSeconds?: number;
  readonly allowFiltered?: boolean;
}

/** For a decoder: what its source goes through before, and its decisions after. */
export interface Acting {
  readonly watch: (source: AsyncIterable<Item> | Iterable<Item>) => AsyncIterable<Item> | Iterable<Item>;
  readonly stages: NonNullable<DecodeOptions["stages"]>;
  /** What `watch` shows the source to; for those whose streams are pushed. Null without one. */
  readonly gate: Gate | null;
}

/**
 * The stages in the order in which they make sense: probabilities are smoothed, the gate lets labels pass, they have to
 * hold, and then nothing else is said for a while.
 * @throws EegError OPTION_INVALID, RangeError: see the stages and `createGate`
 */
export function createActing(model: AnyModel, options: ActingOptions): Acting {
  const { smoothSeconds, dwellSeconds, refractorySeconds, gateThreshold, hopSeconds, allowFiltered } =
    options;
  const smoothed = ({ manifest }: AnyModel): DecisionStageFactory[] =>
    smoothSeconds === undefined
      ? []
      : [smoothStage({ seconds: smoothSeconds, abstainBelow: manifest.output.abstainBelow })];
  const gate =
    options.gate === undefined
      ? null
      : createGate(options.gate, {
          stages: smoothed(options.gate),
          ...(gateThreshold === undefined ? {} : { threshold: gateThreshold }),
          ...(hopSeconds === undefined ? {} : { hopSeconds }),
          ...(allowFiltered === undefined ? {} : { allowFiltered }),
        });
  return {
    gate,
    watch: (source) => gate?.watch(source) ?? source,
    stages: [
      ...smoothed(model),
      ...(gate ? [gate.stage] : []),
      ...(dwellSeconds === undefined ? [] : [dwellStage({ seconds: dwellSeconds })]),
      ...(refractorySeconds === undefined ? [] : [refractoryStage({ seconds: refractorySeconds })]),
    ],
  };
}
