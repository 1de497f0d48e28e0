import { hertz, type Sfreq } from "../../eeg/sfreq.ts";
import { placeOf, type PlacedMarker, type Run } from "../runs.ts";
import { sparseSample, type GdfEvent } from "./annotations.ts";
import { storedNumber } from "./samples.ts";
import type { ScaledSignal } from "./streams.ts";

export interface PlacedEvents {
  readonly events: readonly GdfEvent[];
  /** Samples a second in which their positions count. */
  readonly rate: number;
  /** Of the types that have one. */
  readonly texts: ReadonlyMap<number, string>;
}

/** Events as markers on the grid of a stream. */
export function placeEvents(
  { events, rate, texts }: PlacedEvents,
  runs: readonly Run[],
  { sfreq, signals }: { readonly sfreq: Sfreq; readonly signals: readonly ScaledSignal[] },
): readonly PlacedMarker[] {
  const perEventSample = hertz(sfreq) / rate;
  const byNumber = new Map(signals.map((signal) => [signal.number, signal]));
  return events.map((event) => {
    const signal = byNumber.get(event.channel);
    const sparse = event.type === sparseSample;
    return {
      kind: "marker",
      ...placeOf(runs, event.position * perEventSample),
      duration: sparse ? 0 : (event.duration ?? 0) * perEventSample,
      text: eventText(event, signal, texts),
      ...(signal ? { channel: signal.channel.label } : {}),
    };
  });
}

/**
 * The text that the file gives to a type of its own (1 to 255), else the type as a number, as MNE has it; a
 * sample of a sparse channel is its value with its unit.
 */
export function eventText(
  { type, bytes }: GdfEvent,
  signal: ScaledSignal | undefined,
  texts: ReadonlyMap<number, string>,
): string {
  if (type === sparseSample && signal && bytes && signal.stored.bytes <= 4) {
    const value = storedNumber(bytes, 0, signal.stored) * signal.gain + signal.offset;
    return `${Number(value.toPrecision(7))} ${signal.channel.unit}`.trim();
  }
  return (type < 256 ? texts.get(type) : undefined) ?? String(type);
}
