import { expect, test } from "@jest/globals";
import { decode } from "../../src/decode/decode.ts";
import type { DecodeOptions } from "../../src/decode/stream-decoder.ts";
import { EegError } from "../../src/eeg/errors.ts";
import type { AppliedFilter, StreamInfo } from "../../src/eeg/stream-info.ts";
import { randomModel } from "../model/random-model.ts";
import { labels, streamInfo } from "../tokens/signals.ts";
import { all } from "./streams.ts";

const model = randomModel();

async function refusal(stream: StreamInfo, options: DecodeOptions = {}): Promise<string> {
  try {
    await all(decode([{ kind: "info", stream }], model, options));
  } catch (error) {
    if (error instanceof EegError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

test("a recording of derivations is refused by name", async () => {
  expect(await refusal(streamInfo({ labels: ["Fp1-F7", "F7-T3"] }))).toBe(
    "CHANNEL_POSITION: noise: Fp1-F7, F7-T3 are derivations without a position; " +
      "model random needs 2 or more of O1, Oz, O2, recorded against one reference",
  );
});

test("a recording without electrodes is refused", async () => {
  expect(await refusal(streamInfo({ labels: ["A17", "Resp"] }))).toBe(
    "CHANNEL_POSITION: noise: no channel is an EEG electrode of the 10-05 system (A17, Resp); " +
      "model random needs 2 or more of O1, Oz, O2",
  );
});

test("a recording that does not cover the region is refused with what it has", async () => {
  expect(await refusal(streamInfo({ labels: ["Fp1", "Fp2", "O1", "T3-P3"] }))).toBe(
    "CHANNEL_MISSING: noise: model random needs 2 or more of O1, Oz, O2; the recording has Fp1, Fp2, O1 " +
      "(T3-P3 is a derivation without a position)",
  );
  const wide = Array.from(
    { length: 10 },
    (_, i) => `${["F", "FC", "C", "CP", "P"][i % 5]}${1 + (i > 4 ? 2 : 0)}`,
  );
  expect(await refusal(streamInfo({ labels: wide }))).toContain(
    "the recording has F1, FC1, C1, CP1, P1, F3, FC3, C3 and 2 more",
  );
});

test("an electrode that is not in volts is refused", async () => {
  const info = streamInfo();
  const channels = info.channels.map((channel, c) => (c === 3 ? { ...channel, unit: "ADU" } : channel));
  expect(await refusal({ ...info, channels })).toBe(
    "UNIT_UNKNOWN: noise: channel F4 is in 'ADU', which is no known voltage; model random needs µV",
  );
});

test("a rate that does not hold the model's band, or takes an odd ratio, is refused", async () => {
  expect(await refusal(streamInfo({ hz: 90 }))).toBe(
    "SFREQ_UNSUPPORTED: noise: 90 Hz is too low; model random looks at up to 45 Hz and needs more than 90 Hz",
  );
  expect(await refusal({ ...streamInfo(), sfreq: { num: 160_001, den: 1000 } })).toMatch(
    /^SFREQ_UNSUPPORTED: /,
  );
  expect(await refusal(streamInfo({ hz: 100 }))).toBe("none");
});

test("a stream that was filtered otherwise is refused unless told", async () => {
  const filtered = (filter: Partial<AppliedFilter>): StreamInfo => ({
    ...streamInfo(),
    filters: [{ kind: "other", description: "what it was", ...filter }],
  });
  const refused =
    "STREAM_FILTERED: noise: the signal went through what it was, model random wants 1-45 Hz whole; ";
  for (const filter of [
    { kind: "bandpass", lowHz: 8, highHz: 13 },
    { kind: "highpass", lowHz: 1.5 },
    { kind: "lowpass", highHz: 40 },
    { kind: "notch", lowHz: 20, highHz: 20 },
  ] as const) {
    expect(await refusal(filtered(filter))).toContain(refused);
    expect(await refusal(filtered(filter), { allowFiltered: true })).toBe("none");
  }
  for (const filter of [
    { kind: "bandpass", lowHz: 0.1, highHz: 70 },
    { kind: "highpass", lowHz: 0.5 },
    { kind: "notch", lowHz: 50, highHz: 50 },
    { kind: "reference" },
    { kind: "other" },
  ] as const)
    expect(await refusal(filtered(filter))).toBe("none");
});

test("other signals beside the electrodes do no harm", async () => {
  expect(await refusal(streamInfo({ labels: [...labels, "EOG", "Fp1-F7", "Resp"] }))).toBe("none");
});
