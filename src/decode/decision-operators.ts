import { defer, map, type MonoTypeOperatorFunction } from "rxjs";
import type { Decision } from "../eeg/decision.ts";
import type { Info, Marker } from "../eeg/item.ts";
import { createDecisionPass, type DecisionStageFactory } from "./decision-stage.ts";
import { dwellStage } from "./dwell.ts";
import type { Dropped } from "./hop-queue.ts";
import { refractoryStage } from "./refractory.ts";
import { smoothStage, type SmoothOptions } from "./smooth.ts";

type Decided = Info | Marker | Decision | Dropped;

/** See `smoothStage`. State belongs to one subscription, as with all operators here. */
export const smooth = (options: SmoothOptions): MonoTypeOperatorFunction<Decided> =>
  lift(smoothStage(options));

/** See `dwellStage`. */
export const dwell = (options: { readonly seconds: number }): MonoTypeOperatorFunction<Decided> =>
  lift(dwellStage(options));

/** See `refractoryStage`. */
export const refractory = (options: { readonly seconds: number }): MonoTypeOperatorFunction<Decided> =>
  lift(refractoryStage(options));

function lift(factory: DecisionStageFactory): MonoTypeOperatorFunction<Decided> {
  return (source) => defer(() => source.pipe(map(createDecisionPass<Marker | Dropped>(factory))));
}
