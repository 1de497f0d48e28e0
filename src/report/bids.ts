import type { Decision } from "../eeg/decision.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { ChannelType, StreamInfo } from "../eeg/stream-info.ts";
import type { RecordingSummary } from "../formats/recording.ts";

/**
 * What tools that read BIDS find beside a recording (Brain Imaging Data Structure 1.10: task events, and
 * electroencephalography): events.tsv with the labels, events.json that says what its columns mean, channels.tsv and
 * eeg.json. What brainwire cannot know stands there as `n/a`.
 */
export interface BidsEvents {
  header(): string;
  push(decision: Decision): string;
  end(): string;
}

export interface BidsEventsOptions {
  /** Of the model, in its order. */
  readonly labels: readonly string[];
  /** An event is a stretch of decisions that say the same, or each decision. */
  readonly eventOf: "stretches" | "decisions";
}

const columnOf = (label: string): string => `p_${label.replace(/[^A-Za-z0-9]+/g, "_")}`;

/** Rows of events.tsv, as decisions come. Probabilities are means over a stretch. */
export function bidsEvents({ labels, eventOf }: BidsEventsOptions): BidsEvents {
  let current: Stretch | null = null;
  let last: { time: number; hop: number } | null = null;

  function row(stretch: Stretch, end: number): string {
    const { onset, label, reason, n, counted, sums } = stretch;
    const mean = (sum: number): string => (counted > 0 ? (sum / counted).toFixed(4) : "n/a");
    const probability = label === null ? "n/a" : mean(sums[labels.indexOf(label)]!);
    return line([
      seconds(onset),
      seconds(Math.max(0, end - onset)),
      label ?? "n/a",
      probability,
      ...sums.map(mean),
      reason ?? "n/a",
      n,
    ]);
  }

  return {
    header: () =>
      line([
        "onset",
        "duration",
        "trial_type",
        "probability",
        ...labels.map(columnOf),
        "reason",
        "decisions",
      ]),
    push({ time, label, probabilities, reasons }) {
      const reason = label === null ? (reasons[0] ?? "low-confidence") : null;
      let out = "";
      // time runs backward where a segment begins
      const goesOn =
        current?.label === label && current.reason === reason && last !== null && time > last.time;
      if (current && last && (!goesOn || eventOf === "decisions")) {
        const end = time > last.time ? Math.min(time, last.time + last.hop) : last.time + last.hop;
        out = row(current, eventOf === "decisions" ? current.onset : end);
        current = null;
      }
      current ??= { onset: time, label, reason, n: 0, counted: 0, sums: labels.map(() => 0) };
      current.n++;
      if (probabilities) {
        current.counted++;
        labels.forEach((name, i) => (current!.sums[i]! += probabilities[name] ?? 0));
      }
      const hop = last && time > last.time ? time - last.time : 0;
      last = { time, hop: last && last.hop > 0 ? Math.min(last.hop, hop || last.hop) : hop };
      return out;
    },
    end() {
      if (!current || !last) return "";
      return row(current, eventOf === "decisions" ? current.onset : last.time + last.hop);
    },
  };
}

interface Stretch {
  readonly onset: number;
  readonly label: string | null;
  readonly reason: string | null;
  n: number;
  /** Decisions with probabilities. */
  counted: number;
  readonly sums: number[];
}

/** events.json: what each column of events.tsv means, and what made it. */
export function bidsEventsSidecar(model: {
  readonly name: string;
  readonly version: string;
  readonly labels: readonly string[];
}): string {
  const share = (what: string): object => ({ Description: what, Minimum: 0, Maximum: 1 });
  return json({
    onset: {
      Description:
        "When the first decision of the event was determined, from the first sample of the recording. No delay is taken off.",
      Units: "s",
    },
    duration: {
      Description: "Until the decisions say something else; 0 where each decision is an event.",
      Units: "s",
    },
    trial_type: {
      LongName: "Decoded label",
      Description: `What the model ${model.name} ${model.version} decodes; n/a where it gives no label. Decoded, not observed.`,
      Levels: Object.fromEntries(model.labels.map((label) => [label, `decoded as ${label}`])),
    },
    probability: share("Probability of the label by the model, mean over the event's decisions"),
    ...Object.fromEntries(
      model.labels.map((label) => [
        columnOf(label),
        share(`Probability of ${label} by the model, mean over the event's decisions`),
      ]),
    ),
    reason: {
      Description: "Why there is no label",
      Levels: {
        settling: "filters and context have not settled",
        gap: "samples that were never recorded",
        "channels-missing": "channels that the model needs are missing or flat",
        quality: "the signal is too poor",
        "low-confidence": "no label is probable enough",
        "out-of-distribution": "the signal is unlike what the model knows",
      },
    },
    decisions: { Description: "How many decisions the event is made of" },
  });
}

const types: Readonly<Record<ChannelType, string>> = {
  eeg: "EEG",
  eog: "EOG",
  emg: "EMG",
  ecg: "ECG",
  misc: "MISC",
  trig: "TRIG",
};

/** channels.tsv, a row for each channel of all streams. */
export function bidsChannels(streams: readonly StreamInfo[]): string {
  const head = [
    "name",
    "type",
    "units",
    "sampling_frequency",
    "reference",
    "low_cutoff",
    "high_cutoff",
    "notch",
  ];
  const rows = streams.flatMap(({ channels, sfreq, filters }) => {
    const edge = (kind: "highpass" | "lowpass" | "notch"): string => {
      const found = filters.find((filter) => filter.kind === kind);
      const hz = kind === "lowpass" ? found?.highHz : found?.lowHz;
      return hz === undefined ? "n/a" : String(hz);
    };
    return channels.map(({ label, type, unit, reference }) =>
      line([
        label,
        types[type],
        unit === "" ? "n/a" : unit,
        Number(hertz(sfreq).toFixed(6)),
        reference ?? "n/a",
        edge("highpass"), // the edge at low frequencies
        edge("lowpass"),
        edge("notch"),
      ]),
    );
  });
  return line(head) + rows.join("");
}

/** eeg.json of a recording. The task is taken from a name such as `sub-01_task-rest_eeg.edf`. */
export function bidsEegSidecar(
  fileName: string,
  streams: readonly StreamInfo[],
  summary: RecordingSummary,
): string {
  const channels = streams.flatMap((stream) => stream.channels);
  const count = (type: ChannelType): number => channels.filter((channel) => channel.type === type).length;
  const references = new Set(
    channels.flatMap(({ type, reference }) => (type === "eeg" && reference !== null ? [reference] : [])),
  );
  const first = streams.find((stream) => stream.channels.some(({ type }) => type === "eeg")) ?? streams[0];
  return json({
    TaskName: /(?:^|_)task-([A-Za-z0-9]+)/.exec(fileName)?.[1] ?? "unknown",
    EEGReference: references.size > 0 ? [...references].join(", ") : "n/a",
    SamplingFrequency: first ? Number(hertz(first.sfreq).toFixed(6)) : "n/a",
    PowerLineFrequency: "n/a",
    SoftwareFilters: "n/a",
    HardwareFilters:
      first && first.filters.length > 0
        ? { Recorded: { Description: first.filters.map(({ description }) => description).join("; ") } }
        : "n/a",
    EEGChannelCount: count("eeg"),
    EOGChannelCount: count("eog"),
    ECGChannelCount: count("ecg"),
    EMGChannelCount: count("emg"),
    MiscChannelCount: count("misc"),
    TriggerChannelCount: count("trig"),
    RecordingDuration: summary.durationSeconds,
    RecordingType: summary.gaps.length > 0 ? "discontinuous" : "continuous",
  });
}

/** What `NAME_events.tsv`, `NAME_eeg.json` and so on have in common, from any of those names or NAME itself. */
export function bidsPrefix(path: string): string {
  return path.replace(/_(?:events|channels|eeg)\.[a-z]+$/i, "").replace(/\.tsv$/i, "");
}

function line(cells: readonly (string | number)[]): string {
  return cells.map((cell) => String(cell).replace(/[\t\r\n]+/g, " ")).join("\t") + "\n";
}

/** To the microsecond. */
function seconds(value: number): string {
  return String(Number(value.toFixed(6)));
}

function json(value: object): string {
  return JSON.stringify(value, null, 2) + "\n";
}
