import { electrode, electrodeOrder } from "../eeg/electrodes.ts";
import type { Decision } from "../eeg/decision.ts";
import type { Gap, Samples } from "../eeg/item.ts";
import type { Channel, StreamInfo } from "../eeg/stream-info.ts";
import type { ChannelVerdict } from "../signal/quality-judge.ts";
import { createRunningQuality } from "../signal/running-quality.ts";
import type { AnyModel } from "../model/window-model.ts";

/** What becomes of a decision where the channels that the model needs are bad: it says so, or there is none. */
export type QualityPolicy = "say" | "abstain";

/** Watches the raw samples of one segment for a model. */
export interface QualityWatch {
  /** Before the decoder is given the same item. */
  push(item: Samples | Gap): void;
  /** The decision with the reason `quality` where it is due. */
  apply(decision: Decision): Decision;
}

/** So many channels are looked at: the decoder is to stay fast. */
const mostChannels = 32;

/**
 * The region that a model lives on is bad where fewer than half of its electrodes in the recording are good, by
 * PREP's criteria over the last twenty seconds, or fewer than the model needs. Hum alone is no fault here: the model's own
 * filters take it out. A decision is judged by the windows that ended a second or longer before its sample
 * (`createRunningQuality`); where there are none yet, nothing is said.
 */
export function createQualityWatch(model: AnyModel, stream: StreamInfo, policy: QualityPolicy): QualityWatch {
  const { wanted, atLeast } = neededOf(model);
  const isNeeded = ({ label }: Channel): boolean => wanted.has(electrode(label)?.name ?? label);
  const channels = watched(stream.channels, isNeeded);
  const region = channels.filter((c) => isNeeded(stream.channels[c]!));
  const least = Math.max(atLeast, region.length / 2);
  const look = createRunningQuality(stream, channels);
  /** From which sample on the region is bad or good, oldest first. */
  let changes: { readonly sample: number; readonly bad: boolean }[] = [{ sample: 0, bad: false }];

  function isBad(verdicts: readonly ChannelVerdict[]): boolean {
    const good = region.filter((c) => verdicts[c]!.faults.every((fault) => fault === "mains"));
    return good.length < least;
  }

  return {
    push(item) {
      for (const { sample, verdicts } of look(item)) {
        const bad = isBad(verdicts);
        if (bad !== changes.at(-1)!.bad) changes.push({ sample, bad });
      }
    },
    apply(decision) {
      const next = changes.findIndex(({ sample }) => sample > decision.sample);
      const current = (next < 0 ? changes.length : next) - 1;
      if (current > 0) changes = changes.slice(current);
      if (!changes[0]!.bad) return decision;
      const reasons = [...decision.reasons, "quality" as const];
      if (decision.abstained || policy === "say") return { ...decision, reasons };
      return { ...decision, label: null, probability: null, abstained: true, reasons };
    },
  };
}

/** Indexes of the channels that a model needs, and of others to compare them with: the same in whatever order. */
function watched(channels: readonly Channel[], isNeeded: (channel: Channel) => boolean): readonly number[] {
  const place = (c: number): number => electrodeOrder(channels[c]!.label);
  const eeg = [...channels.keys()]
    .filter((c) => channels[c]!.type === "eeg")
    .toSorted((a, b) => place(a) - place(b) || (channels[a]!.label < channels[b]!.label ? -1 : 1));
  const needed = eeg.filter((c) => isNeeded(channels[c]!));
  const others = eeg.filter((c) => !isNeeded(channels[c]!));
  const step = Math.max(1, others.length / Math.max(0, mostChannels - needed.length));
  return [...needed, ...others.filter((_, i) => Math.floor(i / step) > Math.floor((i - 1) / step))];
}

function neededOf({ manifest }: AnyModel): {
  readonly wanted: ReadonlySet<string>;
  readonly atLeast: number;
} {
  const { channels } = manifest.input;
  return "region" in channels
    ? { wanted: new Set(channels.region), atLeast: channels.atLeast }
    : { wanted: new Set(channels.order), atLeast: channels.order.length - channels.interpolateAtMost };
}
