import type { OperatorFunction } from "rxjs";
import type { Gap, Info, Item, Marker } from "../eeg/item.ts";
import { operator } from "../eeg/operator.ts";
import {
  bandpassStage,
  highpassStage,
  lowpassStage,
  notchStage,
  type BandpassOptions,
  type HighpassOptions,
  type LowpassOptions,
} from "./filters.ts";
import type { NotchOptions } from "./notch.ts";
import { pickElectrodesStage, pickStage } from "./pick.ts";
import { qualityStage, type QualityOptions, type QualityWindow } from "./quality-stage.ts";
import { rechunkStage } from "./rechunk.ts";
import { averageReferenceStage, referenceStage } from "./reference.ts";
import { resampleStage, type ResampleOptions } from "./resample.ts";
import { windowsStage, type Window, type WindowOptions } from "./windows.ts";

/** `bandpassStage` as an RxJS operator. */
export function bandpass(options: BandpassOptions): OperatorFunction<Item, Item> {
  return operator(bandpassStage(options));
}

/** `highpassStage` as an RxJS operator. */
export function highpass(options: HighpassOptions): OperatorFunction<Item, Item> {
  return operator(highpassStage(options));
}

/** `lowpassStage` as an RxJS operator. */
export function lowpass(options: LowpassOptions): OperatorFunction<Item, Item> {
  return operator(lowpassStage(options));
}

/** `notchStage` as an RxJS operator. */
export function notch(options: NotchOptions): OperatorFunction<Item, Item> {
  return operator(notchStage(options));
}

/** `resampleStage` as an RxJS operator. */
export function resample(options: ResampleOptions): OperatorFunction<Item, Item> {
  return operator(resampleStage(options));
}

/** `averageReferenceStage` as an RxJS operator. */
export function averageReference(): OperatorFunction<Item, Item> {
  return operator(averageReferenceStage());
}

/** `referenceStage` as an RxJS operator. */
export function reference(labels: readonly string[]): OperatorFunction<Item, Item> {
  return operator(referenceStage(labels));
}

/** `pickStage` as an RxJS operator. */
export function pick(labels: readonly string[]): OperatorFunction<Item, Item> {
  return operator(pickStage(labels));
}

/** `pickElectrodesStage` as an RxJS operator. */
export function pickElectrodes(): OperatorFunction<Item, Item> {
  return operator(pickElectrodesStage());
}

/** `qualityStage` as an RxJS operator. */
export function quality(
  options: QualityOptions = {},
): OperatorFunction<Item, Info | QualityWindow | Gap | Marker> {
  return operator(qualityStage(options));
}

/** `rechunkStage` as an RxJS operator. */
export function rechunk(nSamples: number): OperatorFunction<Item, Item> {
  return operator(rechunkStage(nSamples));
}

/** `windowsStage` as an RxJS operator. */
export function windows(options: WindowOptions): OperatorFunction<Item, Info | Window | Gap | Marker> {
  return operator(windowsStage(options));
}
