import type { Channel, ChannelType, StreamInfo } from "../eeg/stream-info.ts";
import type { DescElement } from "./liblsl.node.ts";

/** Head of an adult: positions are directions here, and millimetres in XDF's meta-data. */
const headMillimetres = 85;

const lslTypes: Readonly<Record<ChannelType, string>> = {
  eeg: "EEG",
  eog: "EOG",
  emg: "EMG",
  ecg: "ECG",
  misc: "AUX",
  trig: "TRIG",
};

/** What a stream says of its channels, as XDF's meta-data for EEG have it. */
export function eegDescription({ channels }: StreamInfo): readonly DescElement[] {
  const references = new Set(channels.map(({ reference }) => reference).filter((each) => each !== null));
  const [reference] = references;
  return [
    ["channels", channels.map((channel): DescElement => ["channel", channelElements(channel)])],
    ...(references.size === 1 ? [["reference", [["label", reference!]]] as const] : []),
    acquisition,
  ];
}

export const acquisition: DescElement = [
  "acquisition",
  [
    ["manufacturer", "brainwire"],
    ["application", "brainwire"],
  ],
];

function channelElements({ label, unit, type, position }: Channel): readonly DescElement[] {
  const place = position?.map((along) => String(along * headMillimetres));
  return [
    ["label", label],
    ["unit", unit === "µV" ? "microvolts" : unit],
    ["type", lslTypes[type]],
    ...(place
      ? [
          [
            "location",
            [
              ["X", place[0]!],
              ["Y", place[1]!],
              ["Z", place[2]!],
            ],
          ] as const,
        ]
      : []),
  ];
}
