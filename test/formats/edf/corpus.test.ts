import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { voltageScale } from "../../../src/eeg/units.ts";
import { fileSource } from "../../../src/formats/file-source.node.ts";
import { openRecording } from "../../../src/formats/open.ts";
import type { Recording } from "../../../src/formats/recording.ts";
import { describeWith, sharedData } from "../../shared-data.ts";
import { collectStream } from "./collect.ts";
import { readIndex } from "./corpus-index.ts";
import { decodeText } from "../../../src/formats/edf/fields.ts";

// What every EDF and BDF file of the corpus holds, as an independent decoder saw it (`native` of the oracles).

interface NativeSamples {
  /** Why the independent decoder has no values: the other reader's stand in. */
  readonly error?: string;
  readonly n: number;
  readonly first5: readonly number[];
  readonly middle5_start: number;
  readonly middle5: readonly number[];
  readonly last5: readonly number[];
  readonly mean: number;
  readonly std: number;
  readonly rate_hz: number;
}

interface Native {
  readonly reserved: string;
  readonly n_records_in_file: number;
  readonly n_records_declared: number;
  readonly trailing_bytes: number;
  readonly record_duration: number;
  readonly labels: readonly string[];
  readonly physical_dimension: readonly string[];
  readonly physical_min: readonly string[];
  readonly digital_max: readonly string[];
  readonly samples_per_record: readonly number[];
  readonly startdate: string;
  readonly starttime: string;
  readonly samples: Readonly<Record<string, NativeSamples>>;
  readonly tal?: {
    readonly record_onsets: readonly number[];
    readonly n_texts: number;
    readonly texts: readonly {
      readonly onset_in_file: number;
      readonly duration: number | null;
      readonly text: string;
    }[];
  };
}

interface Oracle {
  readonly native: Native;
  readonly reading?: {
    readonly meas_date: string | null;
    readonly samples: Readonly<Record<string, NativeSamples>>;
  };
}

const float32Ulp = 2 ** -23;

describeWith(sharedData("recordings/formats/INDEX.tsv"), "corpus of EDF and BDF files", (index) => {
  const folder = join(index, "..");
  const rows = index === "" ? [] : readIndex(index);
  const files = rows.filter((row) => /^(edf|bdf)\//.test(row["path"]!));

  describe.each(files.map((row) => [row["path"]!, row["oracle"]!]))("%s", (path, oraclePath) => {
    const { native, reading } = JSON.parse(readFileSync(join(folder, oraclePath), "utf8")) as Oracle;
    const open = async (): Promise<Recording> => openRecording(await fileSource(join(folder, path)));

    test("header, start, duration, annotations, gaps", async () => {
      const recording = await open();
      const summary = await recording.summary();
      await recording.close();
      const kind = path.startsWith("bdf/") ? "BDF" : "EDF";
      const plus = /^(?:EDF|BDF)(\+[CD])/.exec(native.reserved)?.[1] ?? "";
      expect(summary.format).toBe(kind + plus);
      expect(summary.nRecords).toBe(
        native.n_records_declared > 0
          ? Math.min(native.n_records_declared, native.n_records_in_file)
          : native.n_records_in_file,
      );
      expect(summary.recordDurationSeconds).toBeCloseTo(native.record_duration, 12);

      const onset = native.tal?.record_onsets[0] ?? 0;
      const date = reading?.meas_date ?? null;
      if (date === "None") expect(summary.startTime).toBeNull();
      else if (date !== null) {
        const fraction = onset === 0 ? "" : `.${String(onset).split(".")[1]}`;
        expect(summary.startTime).toBe(date.slice(0, 19).replace(" ", "T") + fraction);
      }

      const data = native.labels.flatMap((label, i) => (plus && label.endsWith("DF Annotations") ? [] : [i]));
      expect(summary.channels.map((channel) => channel.unit)).toEqual(
        data.map((i) => asDecoded(native.physical_dimension[i]!)),
      );
      expect(summary.channels.map((channel) => channel.nSamples)).toEqual(
        data.map((i) => native.samples_per_record[i]! * summary.nRecords),
      );
      expect(summary.channels.map((channel) => channel.physicalMin)).toEqual(
        data.map((i) => Number(native.physical_min[i]!.replace(",", "."))),
      );
      expect(summary.channels.map((channel) => channel.digitalMax)).toEqual(
        data.map((i) => Number(native.digital_max[i])),
      );
      expect(new Set(summary.channels.map((channel) => channel.label)).size).toBe(data.length);
      summary.channels.forEach((channel, i) => {
        const label = asDecoded(native.labels[data[i]!]!);
        const twins = native.labels.filter((other) => other === native.labels[data[i]!]).length;
        expect(channel.label.replace(twins > 1 ? /-\d+$/ : /$^/, "")).toBe(label);
      });

      const texts = native.tal?.texts ?? [];
      const byTime = (a: { onset: number }, b: { onset: number }): number => a.onset - b.onset;
      const ours = summary.annotations
        .filter(({ text }) => native.tal || !text.startsWith("trigger ")) // status.test.ts holds those
        .map((a) => ({ onset: a.onsetSeconds, duration: a.durationSeconds, text: a.text }));
      expect(ours.length).toBe(native.tal?.n_texts ?? 0);
      // oracles of very long lists stop at 200 texts
      expect(ours.slice(0, texts.length)).toEqual(
        texts
          .map((t) => ({
            onset: expect.closeTo(t.onset_in_file - onset, 7) as unknown as number,
            real: t.onset_in_file,
            duration: t.duration,
            text: t.text,
          }))
          .toSorted((a, b) => a.real - b.real)
          .map(({ onset: time, duration, text }) => ({ onset: time, duration, text })),
      );
      expect(ours).toEqual(ours.toSorted(byTime));

      const onsets = native.tal?.record_onsets ?? [];
      const duration = native.record_duration;
      const gaps = onsets.flatMap((start, r) => {
        const end = r === 0 ? start : onsets[r - 1]! + duration;
        return duration > 0 && start - end > 1e-6
          ? [{ startSeconds: end - onset, durationSeconds: start - end }]
          : [];
      });
      expect(summary.gaps).toEqual(gaps);
      const last =
        onsets.length === summary.nRecords ? onsets.at(-1)! - onset : (summary.nRecords - 1) * duration;
      expect(summary.durationSeconds).toBeCloseTo(last + duration, 6);
    });

    test("samples of every signal", async () => {
      const recording = await open();
      const summary = await recording.summary();
      const samples = new Map<string, Float32Array>();
      for (const [i, stream] of recording.streams.entries()) {
        const collected = await collectStream(recording, i);
        expect(collected.nGaps).toBe(summary.gaps.length);
        stream.channels.forEach(({ label }, c) => samples.set(label, collected.channels[c]!));
      }
      await recording.close();
      let seen = 0;
      for (const [key, own] of Object.entries(native.samples)) {
        const oracle = own.error === undefined ? own : reading!.samples[key]!;
        const number = Number(key.split(":")[0]);
        const plus = summary.format.includes("+");
        if (plus && native.labels[number]!.endsWith("DF Annotations")) continue;
        const before = native.labels
          .slice(0, number)
          .filter((label) => !(plus && label.endsWith("DF Annotations"))).length;
        const channel = summary.channels[before]!;
        const values = samples.get(channel.label)!;
        const scale = voltageScale(channel.unit) ?? 1;
        const largest =
          Math.max(Math.abs(channel.physicalMin), Math.abs(channel.physicalMax)) * scale * 2 * float32Ulp;
        const near = (actual: Float32Array, expected: readonly number[]): void => {
          expect(actual.length).toBe(expected.length);
          expected.forEach((value, i) =>
            expect(Math.abs(actual[i]! - Math.fround(value * scale))).toBeLessThanOrEqual(
              float32Ulp * Math.abs(value * scale),
            ),
          );
        };
        expect(channel.sfreq).toBeCloseTo(own.rate_hz, 6);
        expect(values.length).toBe(oracle.n);
        near(values.subarray(0, 5), oracle.first5);
        near(values.subarray(oracle.middle5_start, oracle.middle5_start + 5), oracle.middle5);
        near(values.subarray(-5), oracle.last5);
        let sum = 0;
        for (const value of values) sum += value;
        const mean = sum / values.length;
        let squares = 0;
        for (const value of values) squares += (value - mean) ** 2;
        expect(Math.abs(mean - oracle.mean * scale)).toBeLessThanOrEqual(largest);
        expect(Math.abs(Math.sqrt(squares / values.length) - oracle.std * scale)).toBeLessThanOrEqual(
          largest,
        );
        seen++;
      }
      expect(seen).toBe(
        Object.keys(native.samples).filter(
          (key) => !key.endsWith("DF Annotations") || !summary.format.includes("+"),
        ).length,
      );
    });
  });
});

/** The oracles show header fields as Latin-1. */
function asDecoded(text: string): string {
  return decodeText(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}
