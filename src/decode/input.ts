import type { ChannelCovariance } from "../eeg/channel-covariance.ts";
import { derivation, electrode } from "../eeg/electrodes.ts";
import { EegError } from "../eeg/errors.ts";
import { hertz, sfreq } from "../eeg/sfreq.ts";
import { chain, type StageFactory } from "../eeg/stage.ts";
import type { AppliedFilter, StreamInfo } from "../eeg/stream-info.ts";
import type { Manifest } from "../model/manifest.ts";
import type { WindowManifest } from "../model/window-manifest.ts";
import { alignStage } from "../signal/align.ts";
import { bandpassStage, notchStage } from "../signal/filters.ts";
import { pickElectrodesStage } from "../signal/pick.ts";
import { averageReferenceStage } from "../signal/reference.ts";
import { resampleStage } from "../signal/resample.ts";
import { runningAlignStage } from "../signal/running-align.ts";
import { flatStage } from "../tokens/flat-stage.ts";
import { modelHz, patchSamples } from "../tokens/patch-grid.ts";

/** What a manifest says of a model's input, and the name that errors give. */
export type InputManifest = Pick<Manifest, "name" | "input">;

/** The same of any model. */
type Wanted = Pick<Manifest | WindowManifest, "name" | "input">;

export interface InputOptions {
  /** Take a stream that was already filtered otherwise than the model's training data. @default false */
  readonly allowFiltered?: boolean;
}

export interface InputStageOptions extends InputOptions {
  /** Aligns the channels to a person, or to what was heard, between the filters and the reference. @default none */
  readonly alignment?: ChannelCovariance | "running" | undefined;
}

/**
 * What a model wants done to raw samples: its electrodes picked in the table's order, flat channels taken out,
 * resampled, filtered, aligned to a person, referenced.
 * @throws EegError, when a stream comes: CHANNEL_POSITION, CHANNEL_MISSING, UNIT_UNKNOWN, SFREQ_UNSUPPORTED,
 * STREAM_FILTERED
 */
export function inputStage(
  manifest: InputManifest,
  { allowFiltered = false, alignment }: InputStageOptions = {},
): StageFactory {
  const { filters, reference } = manifest.input;
  const stages = [
    pickElectrodesStage(),
    flatStage({ seconds: patchSamples / modelHz }),
    resampleStage({ sfreq: sfreq(modelHz) }),
    ...filters.map((filter) => (filter.kind === "bandpass" ? bandpassStage(filter) : notchStage(filter))),
    ...(alignment ? [alignment === "running" ? runningAlignStage() : alignStage(alignment)] : []),
    ...(reference === "average" ? [averageReferenceStage()] : []),
  ];
  return (input) => {
    checkChannels(manifest, input);
    checkRate(manifest, input);
    if (!allowFiltered) checkFilters(manifest, input);
    return chain(...stages)(input);
  };
}

function checkChannels({ name, input: wants }: InputManifest, input: StreamInfo): void {
  const eeg = input.channels.filter(({ type }) => type === "eeg");
  const placed = eeg.filter(({ position }) => position !== null);
  const { region, atLeast } = wants.channels;
  const needs = `model ${name} needs ${atLeast} or more of ${region.join(", ")}`;
  const derived = eeg.filter(({ label }) => derivation(label) !== null).map(({ label }) => label);
  const are = `${some(derived)} ${derived.length === 1 ? "is a derivation" : "are derivations"} without a position`;
  if (placed.length === 0)
    throw new EegError(
      "CHANNEL_POSITION",
      derived.length > 0
        ? `${input.name}: ${are}; ${needs}, recorded against one reference`
        : `${input.name}: no channel is an EEG electrode of the 10-05 system (${some(input.channels.map(({ label }) => label))}); ${needs}`,
    );
  const present = new Set(placed.map(({ label }) => electrode(label)?.name ?? label));
  if (region.filter((wanted) => present.has(wanted)).length < atLeast)
    throw new EegError(
      "CHANNEL_MISSING",
      `${input.name}: ${needs}; the recording has ${some([...present])}` +
        (derived.length > 0 ? ` (${are})` : ""),
    );
  const odd = placed.find(({ unit }) => unit !== "µV");
  if (odd)
    throw new EegError(
      "UNIT_UNKNOWN",
      `${input.name}: channel ${odd.label} is in '${odd.unit}', which is no known voltage; model ${name} needs µV`,
    );
}

/** @throws EegError SFREQ_UNSUPPORTED where the stream holds less than the model looks at */
export function checkRate(manifest: Wanted, input: StreamInfo): void {
  const { highHz } = passband(manifest);
  if (hertz(input.sfreq) <= 2 * highHz)
    throw new EegError(
      "SFREQ_UNSUPPORTED",
      `${input.name}: ${hertz(input.sfreq)} Hz is too low; model ${manifest.name} looks at up to ${highHz} Hz and needs more than ${2 * highHz} Hz`,
    );
}

/** @throws EegError STREAM_FILTERED where the stream went through other filters than the model's training data */
export function checkFilters(manifest: Wanted, { name, filters }: StreamInfo): void {
  const { lowHz, highHz } = passband(manifest);
  const found = filters.find((filter) => {
    if (filter.kind === "reference") return manifest.input.reference === "none";
    if (filter.kind === "notch") return isWithin(filter, { lowHz, highHz });
    return (filter.lowHz ?? 0) > lowHz || (filter.highHz ?? Infinity) < highHz;
  });
  if (found)
    throw new EegError(
      "STREAM_FILTERED",
      `${name}: the signal went through ${found.description}, model ${manifest.name} wants ${lowHz}-${highHz} Hz whole; decode the raw recording, or allow filtered input (labels may be worse)`,
    );
}

function isWithin(filter: AppliedFilter, band: { readonly lowHz: number; readonly highHz: number }): boolean {
  return (filter.highHz ?? 0) > band.lowHz && (filter.lowHz ?? 0) < band.highHz;
}

/** What all of the model's band-passes let through. */
function passband({ input }: Wanted): { lowHz: number; highHz: number } {
  let lowHz = 0;
  let highHz = input.sfreq / 2;
  for (const filter of input.filters)
    if (filter.kind === "bandpass") {
      lowHz = Math.max(lowHz, filter.lowHz);
      highHz = Math.min(highHz, filter.highHz);
    }
  return { lowHz, highHz };
}

/** A list for a sentence, cut where it gets long. */
export function some(labels: readonly string[]): string {
  const shown = labels.slice(0, 8).join(", ") || "none";
  return labels.length > 8 ? `${shown} and ${labels.length - 8} more` : shown;
}
