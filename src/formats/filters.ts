import type { AppliedFilter } from "../eeg/stream-info.ts";

/** What an amplifier or a program filtered one channel with before it was stored. Null: not, or not known. */
export interface RecordedFilter {
  readonly highpassHz: number | null;
  readonly lowpassHz: number | null;
  readonly notchHz: number | null;
}

/** In EDF's way (EDF+ 2.1.3.4): `HP:0.016Hz LP:250Hz N:50Hz`. Empty for none. */
export function prefilterText(filters: readonly RecordedFilter[]): string {
  return filters
    .flatMap(({ highpassHz, lowpassHz, notchHz }) => [
      highpassHz === null ? [] : [`HP:${hertzText(highpassHz)}Hz`],
      lowpassHz === null ? [] : [`LP:${hertzText(lowpassHz)}Hz`],
      notchHz === null ? [] : [`N:${hertzText(notchHz)}Hz`],
    ])
    .flat()
    .join(" ");
}

/** Filters of a stream: those of its channels, where all of them say the same. */
export function recordedFilters(channels: readonly (readonly RecordedFilter[])[]): readonly AppliedFilter[] {
  const [first = [], ...rest] = channels;
  const text = prefilterText(first);
  if (rest.some((filters) => prefilterText(filters) !== text)) return [];
  return first.flatMap(({ highpassHz, lowpassHz, notchHz }) => {
    const filters: AppliedFilter[] = [];
    if (highpassHz !== null)
      filters.push({
        kind: "highpass",
        description: `high-pass ${hertzText(highpassHz)} Hz, recorded`,
        lowHz: highpassHz,
      });
    if (lowpassHz !== null)
      filters.push({
        kind: "lowpass",
        description: `low-pass ${hertzText(lowpassHz)} Hz, recorded`,
        highHz: lowpassHz,
      });
    if (notchHz !== null)
      filters.push({
        kind: "notch",
        description: `notch ${hertzText(notchHz)} Hz, recorded`,
        lowHz: notchHz,
        highHz: notchHz,
      });
    return filters;
  });
}

function hertzText(hz: number): string {
  return String(Number(hz.toPrecision(4)));
}
