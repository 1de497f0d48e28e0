import type { Decision } from "../eeg/decision.ts";
import { acquisition } from "./description.ts";
import type { DescElement } from "./liblsl.node.ts";
import { loadLiblsl } from "./library.node.ts";

/** What is decoded from a stream, on the network. */
export interface DecisionOutlets {
  readonly names: readonly string[];
  /** @param time when its sample was, in seconds of this machine's LSL clock */
  push(decision: Decision, time: number): void;
  close(): Promise<void>;
}

export interface DecisionOutletsOptions {
  /** What is decoded. */
  readonly stream: { readonly name: string; readonly sourceId: string };
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly hash: string;
    readonly labels: readonly string[];
  };
}

/**
 * Announces two streams, which LabRecorder records: `NAME decisions`, markers with the label of each decision or, for
 * `abstained:`, the reasons that there is none; and `NAME probabilities`, a number for each label, NaN where there is
 * none, and last a 1 where the decision abstains. Both are stamped with the time of the decision's sample.
 * @throws EegError LSL_UNAVAILABLE
 */
export async function openDecisionOutlets({
  stream,
  model,
}: DecisionOutletsOptions): Promise<DecisionOutlets> {
  const lsl = await loadLiblsl();
  const { labels } = model;
  const names = [...labels, "abstained"];
  const about: readonly DescElement[] = [
    acquisition,
    [
      "model",
      [["name", model.name] as const, ["version", model.version] as const, ["hash", model.hash] as const],
    ],
    ["source", [["name", stream.name] as const, ["source_id", stream.sourceId] as const]],
  ];
  const channels = (of: readonly (readonly DescElement[])[]): DescElement => [
    "channels",
    of.map((elements): DescElement => ["channel", elements]),
  ];
  const declare = (
    what: "decisions" | "probabilities",
    declared: { type: string; format: "string" | "float32"; channels: readonly (readonly DescElement[])[] },
  ) =>
    lsl.createOutlet({
      name: `${stream.name} ${what}`,
      type: declared.type,
      nChannels: declared.channels.length,
      sfreqHz: 0,
      format: declared.format,
      sourceId: `brainwire:${stream.sourceId}:${model.name}:${what}`,
      desc: [channels(declared.channels), ...about],
    });
  const markers = declare("decisions", {
    type: "Markers",
    format: "string",
    channels: [
      [
        ["label", "decision"],
        ["type", "Markers"],
      ],
    ],
  });
  const numbers = declare("probabilities", {
    type: "Probabilities",
    format: "float32",
    channels: names.map((label) => [
      ["label", label],
      ["unit", label === "abstained" ? "boolean" : "probability"],
      ["type", "Probability"],
    ]),
  });
  let closed = false;
  return {
    names: [`${stream.name} decisions`, `${stream.name} probabilities`],
    push({ label, probabilities, abstained, reasons }, time) {
      if (closed) return;
      lsl.pushText(markers, label ?? `abstained:${reasons.join(",")}`, time);
      const row = Float32Array.from(names, (name, i) =>
        i === labels.length ? Number(abstained) : (probabilities?.[name] ?? Number.NaN),
      );
      lsl.pushNumbers(numbers, row, Float64Array.of(time));
    },
    async close() {
      if (closed) return;
      closed = true;
      await lsl.destroyOutlet(markers);
      await lsl.destroyOutlet(numbers);
    },
  };
}
