import { through } from "../eeg/stage.ts";
import { voltageScale } from "../eeg/units.ts";
import type { Recording } from "../formats/recording.ts";
import { createQualityJudge, type ChannelFault, type ChannelVerdict } from "../signal/quality-judge.ts";
import { qualityStage } from "../signal/quality-stage.ts";

export interface RecordingQuality {
  readonly verdicts: readonly ChannelVerdict[];
  /** Seconds looked at. */
  readonly nWindows: number;
}

/** Looks at every second of a recording's default stream. */
export async function judgeQuality(recording: Recording): Promise<RecordingQuality> {
  const channels = recording.streams[recording.defaultStream]?.channels;
  if (!channels) return { verdicts: [], nWindows: 0 };
  const declared = (await recording.summary()).channels;
  const limits = channels.map(({ label }): readonly [number, number] | null => {
    const found = declared.find((channel) => channel.label === label);
    const scale = found ? (voltageScale(found.unit) ?? 1) : NaN;
    const ends = found ? [found.physicalMin * scale, found.physicalMax * scale] : [NaN];
    const [low, high] = [Math.fround(Math.min(...ends)), Math.fround(Math.max(...ends))];
    return Number.isFinite(low) && high > low ? [low, high] : null;
  });
  const judge = createQualityJudge(channels);
  for await (const item of through(recording.items(), qualityStage({ limits })))
    if (item.kind === "quality") judge.push(item);
  return { verdicts: judge.verdicts(), nWindows: judge.nWindows };
}

const percent = (share: number): string =>
  `${share < 0.1 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;

/** A fault with its figure, for people. */
export function faultText(fault: ChannelFault, verdict: ChannelVerdict): string {
  return sentences[fault](verdict);
}

const sentences: Readonly<Record<ChannelFault, (verdict: ChannelVerdict) => string>> = {
  missing: ({ missing }) => `missing in ${percent(missing)} of the seconds`,
  flat: ({ flat }) => `flat in ${percent(flat)} of the seconds`,
  saturated: ({ saturated }) => `saturated in ${percent(saturated)} of the seconds`,
  deviation: ({ amplitude, amplitudeZ }) =>
    `${(amplitudeZ ?? 0) > 0 ? "far larger" : "far smaller"} than the others (${Number((amplitude ?? 0).toPrecision(3))} µV, z ${(amplitudeZ ?? 0).toFixed(1)})`,
  noisy: ({ noisinessZ }) => `noise above 50 Hz (z ${(noisinessZ ?? 0).toFixed(1)})`,
  uncorrelated: ({ uncorrelated, flat }) =>
    `follows no other channel in ${percent(uncorrelated - flat)} of the seconds`,
  mains: ({ mains }) => `the mains are ${percent(mains ?? 0)} of its power`,
};
