import { expect, test } from "@jest/globals";
import { from, toArray, firstValueFrom, type OperatorFunction } from "rxjs";
import type { Item } from "../../src/eeg/item.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";
import type { StageFactory } from "../../src/eeg/stage.ts";
import { bandpassStage, highpassStage, lowpassStage, notchStage } from "../../src/signal/filters.ts";
import * as operators from "../../src/signal/operators.ts";
import { pickElectrodesStage, pickStage } from "../../src/signal/pick.ts";
import { qualityStage } from "../../src/signal/quality-stage.ts";
import { rechunkStage } from "../../src/signal/rechunk.ts";
import { averageReferenceStage, referenceStage } from "../../src/signal/reference.ts";
import { resampleStage } from "../../src/signal/resample.ts";
import { windowsStage } from "../../src/signal/windows.ts";
import { itemsOf, run, streamOf } from "./streams.ts";

const band = { lowHz: 8, highHz: 13, order: 2 };
const mains = { frequencyHz: 50, q: 30 };
const rate = { sfreq: sfreq(200) };
const cut = { length: 100, hop: 50 };

const pairs: Record<keyof typeof operators, [OperatorFunction<Item, unknown>, StageFactory<unknown>]> = {
  bandpass: [operators.bandpass(band), bandpassStage(band)],
  highpass: [operators.highpass({ lowHz: 1 }), highpassStage({ lowHz: 1 })],
  lowpass: [operators.lowpass({ highHz: 30 }), lowpassStage({ highHz: 30 })],
  notch: [operators.notch(mains), notchStage(mains)],
  resample: [operators.resample(rate), resampleStage(rate)],
  averageReference: [operators.averageReference(), averageReferenceStage()],
  reference: [operators.reference(["Cz"]), referenceStage(["Cz"])],
  pick: [operators.pick(["O1"]), pickStage(["O1"])],
  pickElectrodes: [operators.pickElectrodes(), pickElectrodesStage()],
  quality: [operators.quality(), qualityStage()],
  rechunk: [operators.rechunk(30), rechunkStage(30)],
  windows: [operators.windows(cut), windowsStage(cut)],
};

test.each(Object.entries(pairs))("%s does what its stage does", async (_, [operator, factory]) => {
  const info = streamOf(["O1", "Cz", "Fz"]);
  const items = itemsOf(3, [
    { kind: "samples", nSamples: 250 },
    { kind: "marker", ahead: 3 },
    { kind: "gap", nSamples: 20 },
    { kind: "samples", nSamples: 250 },
  ]);
  const source = from<Item[]>([{ kind: "info", stream: info }, ...items]);
  const [first, ...rest] = await firstValueFrom(source.pipe(operator, toArray()));
  expect(first).toEqual({ kind: "info", stream: factory(info).output });
  expect(rest).toEqual(run(factory, info, items));
});
