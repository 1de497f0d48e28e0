import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { voltageScale } from "../../../src/eeg/units.ts";
import { fileSource } from "../../../src/formats/file-source.node.ts";
import { unitOfCode } from "../../../src/formats/gdf/units.ts";
import { openRecording } from "../../../src/formats/open.ts";
import type { Recording } from "../../../src/formats/recording.ts";
import { describeWith, sharedData } from "../../shared-data.ts";
import { collectStream } from "../edf/collect.ts";
import { readIndex } from "../edf/corpus-index.ts";
import { expectNative, type NativeSamples } from "../native-samples.ts";

// What every GDF file of the corpus holds, as an independent decoder saw it (`native` of the oracles).

interface NativeEvent {
  readonly position_1based: number;
  readonly type: number;
  readonly channel?: number;
  readonly duration_samples?: number;
}

interface Native {
  readonly version: string;
  readonly n_records_used: number;
  readonly record_duration: readonly [number, number];
  readonly labels: readonly string[];
  /** Text in versions 1, a code in versions 2. */
  readonly physical_dimension: readonly (string | number)[];
  readonly physical_min: readonly number[];
  readonly digital_max: readonly number[];
  readonly samples_per_record: readonly number[];
  readonly samples: Readonly<Record<string, (NativeSamples & { rate_hz: number }) | { note: string }>>;
  readonly event_table?: {
    readonly sample_rate: number;
    readonly n_declared: number;
    readonly events?: readonly NativeEvent[];
  };
}

interface Oracle {
  readonly native: Native;
  readonly reading?: { readonly meas_date?: string };
}

const open = async (path: string): Promise<Recording> => openRecording(await fileSource(path));

async function expectSamples(recording: Recording, native: Native): Promise<void> {
  const byLabel = new Map<string, { values: Float32Array; unit: string }>();
  for (const [i, { channels }] of recording.streams.entries()) {
    const collected = await collectStream(recording, i);
    channels.forEach(({ label, unit }, c) => byLabel.set(label, { values: collected.channels[c]!, unit }));
  }
  const { channels } = await recording.summary();
  for (const [key, samples] of Object.entries(native.samples)) {
    if ("note" in samples) continue; // a sparse channel: its samples are among the events
    const number = Number(key.split(":")[0]);
    const { values, unit } = byLabel.get(native.labels[number]!)!;
    expect(channels[number]!.sfreq).toBeCloseTo(samples.rate_hz, 9);
    const scale = voltageScale(channels[number]!.unit);
    expect(unit).toBe(scale === null ? channels[number]!.unit : "µV");
    expectNative(values, samples, scale ?? 1);
  }
}

/** In tables without durations an event and the one that says where it ends are one. */
function joined(events: readonly NativeEvent[]): NativeEvent[] {
  const sorted = events.toSorted((a, b) => a.position_1based - b.position_1based);
  const out: NativeEvent[] = [];
  for (const event of sorted) {
    const start = out.findLastIndex(
      (other) => other.type === event.type - 0x8000 && other.duration_samples === undefined,
    );
    if (event.channel === undefined && start >= 0)
      out[start] = { ...out[start]!, duration_samples: event.position_1based - out[start]!.position_1based };
    else out.push(event);
  }
  return out;
}

describeWith(sharedData("recordings/formats/INDEX.tsv"), "corpus of GDF files", (index) => {
  const folder = join(index, "..");
  const rows = (index === "" ? [] : readIndex(index)).filter((row) => /\.gdf$/i.test(row["path"]!));

  const whole = rows.filter((row) => row["path"]!.startsWith("gdf/"));
  describe.each(whole.map((row) => [row["path"]!, row["oracle"]!]))("%s", (path, oraclePath) => {
    const { native, reading } = JSON.parse(readFileSync(join(folder, oraclePath), "utf8")) as Oracle;

    test("header, start, events", async () => {
      const recording = await open(join(folder, path));
      const summary = await recording.summary();
      await recording.close();
      expect(
        recording.diagnostics.map(({ code }) => code).filter((code) => !/UNIT|SEGMENT/.test(code)),
      ).toEqual([]);
      const [num, den] = native.record_duration;
      expect(summary.format).toBe(native.version);
      expect(summary.nRecords).toBe(native.n_records_used);
      expect(summary.recordDurationSeconds).toBe(num / den);
      expect(summary.durationSeconds).toBeCloseTo((native.n_records_used * num) / den, 9);
      expect(summary.gaps).toEqual([]);
      const date = reading?.meas_date;
      if (date !== undefined)
        expect(summary.startTime).toBe(date === "None" ? null : date.slice(0, 19).replace(" ", "T"));
      expect(summary.channels.map(({ label }) => label)).toEqual(native.labels);
      expect(summary.channels.map(({ unit }) => unit)).toEqual(
        native.physical_dimension.map((unit) => (typeof unit === "number" ? unitOfCode(unit) : unit)),
      );
      expect(summary.channels.map(({ physicalMin }) => physicalMin)).toEqual(native.physical_min);
      expect(summary.channels.map(({ digitalMax }) => digitalMax)).toEqual(native.digital_max);
      const events = native.event_table?.events ?? [];
      const declared = native.event_table?.n_declared ?? 0;
      const rate = native.event_table?.sample_rate || (Math.max(...native.samples_per_record) * den) / num;
      const expected = joined(events);
      if (declared === events.length) expect(summary.annotations).toHaveLength(expected.length);
      // oracles of long tables stop at 200 events, in the file's order: sorted, only the first are sure to follow on
      const sure = declared === events.length ? expected : expected.slice(0, 100);
      sure.forEach((event, i) => {
        const ours = summary.annotations[i]!;
        expect(ours.onsetSeconds).toBeCloseTo((event.position_1based - 1) / rate, 9);
        if (event.type === 0x7fff) return;
        expect(ours.durationSeconds).toEqual(
          event.duration_samples === undefined ? null : expect.closeTo(event.duration_samples / rate, 9),
        );
        expect(ours.text).toMatch(event.type < 256 ? /./ : new RegExp(`^${event.type}$`));
      });
    });

    test("samples of every signal", async () => {
      const recording = await open(join(folder, path));
      await expectSamples(recording, native);
      await recording.close();
    });
  });

  test("a sparse channel's samples are markers with its value and unit", async () => {
    const path = whole.find((row) => row["path"]!.includes("NEQS"))!["path"]!;
    const recording = await open(join(folder, path));
    const { markers } = await collectStream(recording, 0);
    await recording.close();
    const sparse = markers.filter(({ channel }) => channel?.startsWith("NEQS"));
    // 3899830304 of 4294967295, of 500
    expect(sparse.slice(0, 3).map(({ onset, text, channel }) => [onset, text, channel])).toEqual([
      [599, "454 °C", "NEQSu32 1"],
      [699, "454 Ohm", "NEQSu32 2"],
      [799, "454 Ohm", "NEQSu32 3"],
    ]);
  });

  test("types that the file gives a text to have it", async () => {
    const recording = await open(join(folder, "gdf/libgdf_Header3Tag1.gdf"));
    expect((await recording.summary()).annotations.map(({ text }) => text)).toEqual([
      "free text annotation at time 2.2 sec",
      "free text annotation at time 4.5 sec",
      "free text annotation at time 6.5 sec",
    ]);
    await recording.close();
  });

  /** What is said of each malformed file: the error, or how it was read. */
  const outcomes: Readonly<Record<string, RegExp>> = {
    "made_gdf_duration_zero_den.gdf":
      /^GDF_HEADER: .*duration of a data record: expected a fraction of seconds > 0, got '1\/0' \(byte 244\)$/,
    "made_gdf_truncated_data.gdf":
      /^read 250 samples, 0 events; GDF_TRUNCATED: the header declares 4 data records, the file holds 1 whole ones and 1000 bytes of the next/,
    "made_gdf_truncated_events.gdf":
      /^read 1000 samples, 4 events; GDF_EVENTS: the event table declares 4 events of 12 bytes \(byte 9280\), the file holds 39 bytes/,
    // Refusing the file for its event table would lose samples that are whole: they are read, nothing is allocated.
    "made_gdf_event_count_huge.gdf":
      /^read 1000 samples, 0 events; GDF_EVENTS: the event table declares 16777215 events of 12 bytes \(byte 9280\), the file holds 48 bytes/,
  };

  const malformed = rows.filter((row) => row["path"]!.startsWith("malformed/"));
  test.each(malformed.map((row) => [row["path"]!, row["oracle"]!, row["expected_of_a_robust_reader"]!]))(
    "%s (%s): %s",
    async (path, oraclePath) => {
      const outcome = await open(join(folder, path)).then(
        async (recording) => {
          const { native } = JSON.parse(readFileSync(join(folder, oraclePath), "utf8")) as Oracle;
          await expectSamples(recording, native);
          const { channels, markers } = await collectStream(recording, 0);
          const said = recording.diagnostics
            .filter(({ code }) => code !== "GDF_SEGMENT")
            .map(({ code, message }) => `${code}: ${message}`);
          return [`read ${channels[0]!.length} samples, ${markers.length} events`, ...said].join("; ");
        },
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );
      expect(outcome).toMatch(outcomes[path.slice("malformed/".length)] ?? /^(?!.)/);
    },
  );
});
