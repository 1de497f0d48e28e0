import type { AbstainReason } from "../eeg/decision.ts";
import type { Gap, Item, Samples } from "../eeg/item.ts";
import { fromHertz } from "../eeg/sfreq.ts";
import { chain } from "../eeg/stage.ts";
import type { StreamInfo } from "../eeg/stream-info.ts";
import { voltageScale } from "../eeg/units.ts";
import type { WindowManifest } from "../model/window-manifest.ts";
import { bandpassStage, notchStage } from "../signal/filters.ts";
import { createHeld } from "../signal/held.ts";
import { pickStage } from "../signal/pick.ts";
import { resampleRatio, sourcePrefix } from "../signal/polyphase.ts";
import { averageReferenceStage } from "../signal/reference.ts";
import { resampleStage } from "../signal/resample.ts";
import { runningStandardStage } from "../signal/standardise.ts";
import { flatStage } from "../tokens/flat-stage.ts";
import { checkFilters, checkRate, type InputOptions } from "./input.ts";
import { createDue, type Place } from "./placed.ts";
import { planChannels } from "./window-channels.ts";
import { createFill } from "./window-fill.ts";

/** A window that a decision is due at, or why there is none. */
export interface PlacedWindow extends Place {
  /** Channel after channel in the model's unit, before its scaling; null where there is nothing to decode. */
  readonly window: Float32Array | null;
  /** Why; also what a user should know of a window that is there. */
  readonly reasons: readonly AbstainReason[];
}

/** One segment's samples to windows. */
export interface WindowSegment {
  push(item: Samples | Gap): readonly PlacedWindow[];
  end(): readonly PlacedWindow[];
}

export interface WindowSegmentOptions extends InputOptions {
  /** From one decision to the next, samples at the model's rate. */
  readonly hop: number;
}

/** How long a channel has to stand still to be taken for flat. */
const flatSeconds = 0.5;

const none: readonly AbstainReason[] = [];
const incomplete: readonly AbstainReason[] = ["channels-missing"];

/**
 * What a window model wants done to raw samples: its channels picked, flat ones taken out, resampled, filtered,
 * missing ones interpolated where it allows that, referenced, and cut into windows that end at whole multiples of
 * the hop. No window spans a gap or the settling of filters after one.
 * @throws EegError CHANNEL_MISSING, CHANNEL_POSITION, UNIT_UNKNOWN, SFREQ_UNSUPPORTED, STREAM_FILTERED
 */
export function createWindowSegment(
  manifest: WindowManifest,
  stream: StreamInfo,
  { hop, allowFiltered = false }: WindowSegmentOptions,
): WindowSegment {
  const { sfreq: hz, unit, filters, reference, channels, window, normalisation } = manifest.input;
  const plan = planChannels(manifest, stream);
  if (filters.some(({ kind }) => kind === "bandpass")) {
    // A model that has no band of its own takes what recordings hold.
    checkRate(manifest, stream);
    if (!allowFiltered) checkFilters(manifest, stream);
  }
  const before = chain(
    pickStage(plan.taken),
    flatStage({ seconds: flatSeconds }),
    resampleStage({ sfreq: fromHertz(hz) }),
    ...filters.map((filter) => (filter.kind === "bandpass" ? bandpassStage(filter) : notchStage(filter))),
  )(stream);
  const settle = before.output.settleSamples;
  const fill = createFill({ plan, atMost: channels.interpolateAtMost, settle });
  const after = chain(
    ...(reference === "average" ? [averageReferenceStage()] : []),
    ...(normalisation.way === "running" ? [runningStandardStage(normalisation)] : []),
  )({ ...before.output, channels: plan.wanted });

  const { samples: length } = window;
  const nChannels = plan.wanted.length;
  const perUnit = voltageScale(unit)!;
  const warmUp = normalisation.way === "running" ? normalisation.warmUpSeconds * hz : 0;
  const ratio = resampleRatio(stream.sfreq, fromHertz(hz));
  const due = createDue<PlacedWindow>();
  const held = createHeld(nChannels, length);
  /** On the model's grid: where the stream stands, where the next window ends, where the last stretch began. */
  let position = 0;
  let next = hop;
  let stretchStart = 0;
  /** Ends of the last gap that is no edge of the resampler's, and of the last samples that lacked channels. */
  let gapEnd = -Infinity;
  let interpolatedEnd = -Infinity;
  let lackingEnd = -Infinity;
  let found: PlacedWindow[] = [];
  /** Where the source stands, on its own grid. */
  let sourcePosition = 0;

  function cut(): Float32Array {
    const out = new Float32Array(nChannels * length);
    const from = held.offset + next - length - held.from;
    for (let c = 0; c < nChannels; c++) {
      const at = c * held.stride + from;
      out.set(held.data.subarray(at, at + length), c * length);
    }
    if (perUnit !== 1) for (let i = 0; i < out.length; i++) out[i] = out[i]! / perUnit;
    return out;
  }

  /** Says what there is at `next`, and moves it on. */
  function place(): void {
    const start = next - length;
    const because = (reason: AbstainReason): PlacedWindow => ({ sample, window: null, reasons: [reason] });
    const sample = sourcePrefix(next - 1, ratio);
    if (start < gapEnd) found.push(because("gap"));
    else if (start < stretchStart + settle || next < stretchStart + warmUp) found.push(because("settling"));
    else if (start < lackingEnd) found.push(because("channels-missing"));
    else found.push({ sample, window: cut(), reasons: start < interpolatedEnd ? incomplete : none });
    next += hop;
  }

  function takeSamples(item: Samples): void {
    while (position < item.start + item.nSamples) {
      const from = position - item.start;
      const step = Math.min(held.room, item.nSamples - from);
      held.append(item, from, from + step);
      position += step;
      while (next <= position) place();
      held.forget(next - length);
    }
  }

  function takeGap({ start, nSamples, reason }: Gap): void {
    position = stretchStart = start + nSamples;
    if (reason !== "edge") gapEnd = position;
    held.clear(position);
    fill.restart(position);
    while (next <= position) place();
  }

  function take(items: readonly Item[]): readonly PlacedWindow[] {
    found = [];
    for (const item of items)
      if (item.kind === "gap") takeGap(item);
      else if (item.kind === "samples")
        for (const { samples, state } of fill.push(item)) {
          if (state === "interpolated") interpolatedEnd = samples.start + samples.nSamples;
          if (state === "lacking") lackingEnd = samples.start + samples.nSamples;
          for (const each of after.push(samples)) if (each.kind === "samples") takeSamples(each);
        }
    return due(found, sourcePosition);
  }

  return {
    push(item) {
      sourcePosition = item.start + item.nSamples;
      return take(before.push(item));
    },
    end: () => take(before.end()),
  };
}
