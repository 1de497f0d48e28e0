import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { voltageScale } from "../../../src/eeg/units.ts";
import { createDiagnostics } from "../../../src/formats/diagnostics.ts";
import { fileSource } from "../../../src/formats/file-source.node.ts";
import { openRecording } from "../../../src/formats/open.ts";
import type { Recording } from "../../../src/formats/recording.ts";
import { createClock } from "../../../src/eeg/clock-offsets.ts";
import { scanXdf } from "../../../src/formats/xdf/scan.ts";
import { createTimeline, type XdfTimeline } from "../../../src/formats/xdf/timeline.ts";
import { describeWith, sharedData } from "../../shared-data.ts";
import { collectStream } from "../edf/collect.ts";
import { readIndex } from "../edf/corpus-index.ts";
import { expectNative, type NativeSamples } from "../native-samples.ts";

// What every XDF file of the corpus holds, as pyxdf reads it (there is no other reader of the corpus for XDF).

interface Stamps {
  readonly first5: readonly (number | string)[];
  readonly middle5_start: number;
  readonly middle5: readonly (number | string)[];
  readonly last5: readonly (number | string)[];
  readonly clock_segments: readonly unknown[];
}

interface OracleStream {
  readonly stream_id: number;
  readonly name: string;
  readonly type: string | null;
  readonly channel_count: string;
  readonly nominal_srate: string;
  readonly channel_format: string;
  readonly n_samples: number;
  readonly labels?: readonly string[];
  readonly samples?: Readonly<Record<string, NativeSamples>>;
  readonly values_first5?: readonly (readonly string[])[];
  readonly time_stamps: { readonly synced: Stamps; readonly synced_dejittered: Stamps };
}

interface Oracle {
  readonly reading?: { readonly streams: readonly OracleStream[] };
}

const open = async (path: string): Promise<Recording> => openRecording(await fileSource(path));

const isRegular = (stream: OracleStream): boolean =>
  stream.channel_format !== "string" && Number(stream.nominal_srate) > 0;

/** What the stamps of a stream are when they are synchronised and freed of jitter, by number of the stream. */
async function runsOf(path: string): Promise<Map<number, XdfTimeline["runs"]>> {
  const source = await fileSource(path);
  const { streams } = await scanXdf(source, createDiagnostics());
  await source.close();
  return new Map(
    streams
      .filter(({ header }) => header.format !== "string" && header.sfreq)
      .map(({ header, stretches, offsets }) => [
        header.id,
        createTimeline(stretches, {
          name: header.name,
          sfreq: header.sfreq!,
          clock: createClock(offsets),
          diagnostics: createDiagnostics(),
        }).runs,
      ]),
  );
}

function timeOf(runs: XdfTimeline["runs"], sample: number): number {
  const run = runs.findLast(({ from }) => from <= sample)!;
  return run.time + run.period * (sample - run.from);
}

/** To 5 µs: both fit offsets robustly that scatter by 20, by different ways to the minimum. */
function expectTimes(runs: XdfTimeline["runs"], stamps: Stamps, nSamples: number): void {
  const near = (from: number, expected: readonly (number | string)[]): void =>
    expected.forEach((time, i) => expect(timeOf(runs, from + i)).toBeCloseTo(Number(time), 5));
  near(0, stamps.first5);
  near(stamps.middle5_start, stamps.middle5);
  near(nSamples - stamps.last5.length, stamps.last5);
}

async function expectSamples(recording: Recording, streams: readonly OracleStream[]): Promise<void> {
  for (const [i, oracle] of streams.filter(isRegular).entries()) {
    const { channels } = await collectStream(recording, i);
    for (const [c, samples] of Object.entries(oracle.samples!)) {
      const info = recording.streams[i]!.channels[Number(c)]!;
      const declared = (await recording.summary()).channels.find(({ label }) => label === info.label)!.unit;
      expectNative(channels[Number(c)] ?? new Float32Array(0), samples, voltageScale(declared) ?? 1);
    }
  }
}

/** pyxdf gives up behind a chunk of a stream without channels; the samples after it are whole. */
const readFurther: Readonly<Record<string, number>> = { "xdf/xdfrs_out_of_order_sample_chunk.xdf": 9 };

/** Reset in the middle: pyxdf lays one line over both halves (0.25 s off); the corpus says what is right. */
const smearedByPyxdf: Readonly<Record<string, readonly (readonly [sample: number, time: number])[]>> = {
  "xdf/made_clock_reset_noFooter.xdf": [
    [0, 2000],
    [249, 2000.996],
    [250, 2002],
    [499, 2002.996],
  ],
};

describeWith(sharedData("recordings/formats/INDEX.tsv"), "corpus of XDF files", (index) => {
  const folder = join(index, "..");
  const rows = (index === "" ? [] : readIndex(index)).filter((row) => /\.xdf$/i.test(row["path"]!));

  const whole = rows.filter((row) => row["path"]!.startsWith("xdf/"));
  describe.each(whole.map((row) => [row["path"]!, row["oracle"]!]))("%s", (path, oraclePath) => {
    const oracle = JSON.parse(readFileSync(join(folder, oraclePath), "utf8")) as Oracle;
    const streams = oracle.reading!.streams.toSorted((a, b) => a.stream_id - b.stream_id);

    test("streams, channels, markers", async () => {
      const recording = await open(join(folder, path));
      const summary = await recording.summary();
      const regular = streams.filter(isRegular);
      const infos = recording.streams.toSorted((a, b) => a.name.localeCompare(b.name));
      expect(infos.map(({ name, type, channels }) => [name, type ?? null, channels.length])).toEqual(
        regular
          .map(({ name, type, channel_count: count }) => [name, type, Number(count)] as const)
          .toSorted((a, b) => a[0].localeCompare(b[0])),
      );
      for (const { name, labels } of regular)
        if (labels)
          expect(
            recording.streams.find((info) => info.name === name)!.channels.map(({ label }) => label),
          ).toEqual(labels);
      const runs = await runsOf(join(folder, path));
      const times = [...runs.values()].flat().flatMap(({ time }) => (Number.isNaN(time) ? [] : [time]));
      const events = streams.filter((stream) => !isRegular(stream) && Number(stream.channel_count) > 0);
      expect(summary.annotations).toHaveLength(
        readFurther[path] ?? events.reduce((sum, stream) => sum + stream.n_samples, 0),
      );
      for (const { values_first5: values, time_stamps: stamps } of events)
        (values ?? []).forEach((value, i) => {
          const time = Number(stamps.synced.first5[i]);
          const origin = times.length > 0 ? Math.min(...times) : time;
          const near = summary.annotations.find(
            ({ text, onsetSeconds }) =>
              text === value.join(" ") && Math.abs(onsetSeconds + origin - time) < 1e-6,
          );
          expect(near).toBeDefined();
        });
      await recording.close();
    });

    test("samples of every stream", async () => {
      const recording = await open(join(folder, path));
      const regular = recording.streams.map(({ name }) =>
        streams.filter(isRegular).filter((s) => s.name === name),
      );
      await expectSamples(
        recording,
        regular.map(
          (same, i) => same[recording.streams.slice(0, i).filter((s) => s.name === same[0]!.name).length]!,
        ),
      );
      await recording.close();
    });

    test("time stamps, synchronised and freed of jitter", async () => {
      const runs = await runsOf(join(folder, path));
      for (const { stream_id: id, n_samples: nSamples, time_stamps: stamps } of streams.filter(isRegular)) {
        if (nSamples === 0) continue;
        const right = smearedByPyxdf[path];
        if (right)
          for (const [sample, time] of right) expect(timeOf(runs.get(id)!, sample)).toBeCloseTo(time, 6);
        else expectTimes(runs.get(id)!, stamps.synced_dejittered, nSamples);
      }
    });
  });

  test("markers of one clock lie among the samples of another", async () => {
    const recording = await open(join(folder, "xdf/made_jitter_two_clocks.xdf"));
    const { markers } = await collectStream(recording, 0);
    await recording.close();
    // at 1000 and 1001 s of the recorder's clock, where the samples begin at 999.5
    expect(markers.map(({ onset, text }) => [Number(onset.toFixed(1)), text])).toEqual([
      [125.1, "A"],
      [375.1, "B"],
    ]);
  });

  /** What is said of each malformed file: the error, or how it was read. */
  const outcomes: Readonly<Record<string, RegExp>> = {
    "made_bad_xml.xdf":
      /^XDF_CHUNK: .*no stream in it can be read: stream 1 \(byte 109\) was left out: its header is no XML \(<channel_count> is not closed\)/,
    // Not only from the next boundary on: what stands before the damage in its chunk is read as well.
    "made_corrupt_middle.xdf":
      /^read 175 samples and a gap of 25; .*XDF_DAMAGED: samples of stream 'EEG' \(1\) at byte 1288 are damaged/,
    "made_duplicate_stream_id.xdf":
      /^read 20 samples; .*XDF_STREAM_REPEATED: stream 1 is declared again and otherwise \(byte 966\)/,
    "made_footer_float_count.xdf": /^read 40 samples; CHANNEL_LABEL: [^;]*; called 'EEG 1' to 'EEG 4'$/,
    "made_samples_before_header.xdf":
      /^read 0 samples; XDF_STREAM_UNDECLARED: samples of stream 1 at byte 109, which no header before them declares, were left out/,
    // The whole samples of the cut chunk too: pyxdf drops the chunk.
    "made_truncated_chunk.xdf":
      /^read 166 samples; XDF_TRUNCATED: the chunk at byte 4620 needs 813 bytes, the file ends after 163/,
    "xdfrs_chunk_length_lie.xdf":
      /^XDF_CHUNK: .*no stream in it can be read: a stream \(byte 64\) was left out: its header has no number/,
  };

  const malformed = rows.filter((row) => row["path"]!.startsWith("malformed/"));
  test.each(malformed.map((row) => [row["path"]!, row["expected_of_a_robust_reader"]!]))(
    "%s: %s",
    async (path) => {
      const outcome = await open(join(folder, path)).then(
        async (recording) => {
          const { channels, items } = await collectStream(recording, 0);
          const gaps = items.flatMap((item) =>
            item.kind === "gap" ? [` and a gap of ${item.nSamples}`] : [],
          );
          const said = recording.diagnostics.map(({ code, message }) => `${code}: ${message}`);
          return [`read ${channels[0]?.length ?? 0} samples${gaps.join("")}`, ...said].join("; ");
        },
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );
      expect(outcome).toMatch(outcomes[path.slice("malformed/".length)] ?? /^(?!.)/);
    },
  );
});
