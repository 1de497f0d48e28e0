import { chain, type StageFactory } from "../eeg/stage.ts";
import { sfreq } from "../eeg/sfreq.ts";
import type { Manifest } from "../model/manifest.ts";
import { bandpassStage, notchStage } from "../signal/filters.ts";
import { pickElectrodesStage } from "../signal/pick.ts";
import { averageReferenceStage } from "../signal/reference.ts";
import { resampleStage } from "../signal/resample.ts";

/** What a model's manifest says comes before it: electrodes, rate, filters, reference, in this order. */
export function preprocessStage(
  input: Pick<Manifest["input"], "sfreq" | "filters" | "reference">,
): StageFactory {
  return chain(
    pickElectrodesStage(),
    resampleStage({ sfreq: sfreq(input.sfreq) }),
    ...input.filters.map((filter) =>
      filter.kind === "bandpass" ? bandpassStage(filter) : notchStage(filter),
    ),
    ...(input.reference === "average" ? [averageReferenceStage()] : []),
  );
}
