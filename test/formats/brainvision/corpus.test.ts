import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { hertz } from "../../../src/eeg/sfreq.ts";
import { voltageScale } from "../../../src/eeg/units.ts";
import { fileSource } from "../../../src/formats/file-source.node.ts";
import { openRecording } from "../../../src/formats/open.ts";
import type { Recording } from "../../../src/formats/recording.ts";
import { describeWith, sharedData } from "../../shared-data.ts";
import { collectStream } from "../edf/collect.ts";
import { readIndex } from "../edf/corpus-index.ts";
import { expectNative, type NativeSamples } from "../native-samples.ts";

// What every BrainVision file of the corpus holds, as an independent decoder saw it (`native` of the oracles).

interface Native {
  readonly orientation: string;
  readonly sfreq: number;
  readonly channels: readonly { readonly name: string; readonly reference: string; readonly unit: string }[];
  readonly n_samples: number;
  readonly samples: Readonly<Record<string, NativeSamples>>;
  readonly n_markers?: number;
  readonly markers?: readonly {
    readonly type: string;
    readonly description: string;
    readonly position_1based: string;
    readonly points: string;
    readonly channel: string;
    readonly date?: string;
  }[];
}

interface Oracle {
  readonly native: Native;
  readonly reading?: { readonly meas_date: string };
}

const open = async (path: string): Promise<Recording> => openRecording(await fileSource(path));

describeWith(sharedData("recordings/formats/INDEX.tsv"), "corpus of BrainVision files", (index) => {
  const folder = join(index, "..");
  const rows = index === "" ? [] : readIndex(index);
  const primary = rows.filter((row) => row["role"] === "primary" && /\.[av]hdr$/.test(row["path"]!));

  const whole = primary.filter((row) => row["path"]!.startsWith("brainvision/"));
  describe.each(whole.map((row) => [row["path"]!, row["oracle"]!]))("%s", (path, oraclePath) => {
    const { native, reading } = JSON.parse(readFileSync(join(folder, oraclePath), "utf8")) as Oracle;

    test("header, start, markers", async () => {
      const recording = await open(join(folder, path));
      const summary = await recording.summary();
      const { markers } = await collectStream(recording, 0);
      await recording.close();
      expect(summary.format).toBe("BrainVision");
      expect(recording.streams).toHaveLength(1);
      const stream = recording.streams[0]!;
      expect(hertz(stream.sfreq)).toBeCloseTo(native.sfreq, 9);
      expect(summary.channels.map(({ label }) => label)).toEqual(native.channels.map(({ name }) => name));
      expect(summary.channels.map(({ unit }) => unit)).toEqual(
        native.channels.map(({ unit }) => unit || "µV"),
      );
      for (const [c, { unit, reference }] of native.channels.entries()) {
        expect(stream.channels[c]!.unit).toBe(voltageScale(unit || "µV") === null ? unit : "µV");
        if (reference !== "") expect(stream.channels[c]!.reference).toBe(reference);
      }
      expect(summary.durationSeconds).toBeCloseTo(native.n_samples / native.sfreq, 9);
      if (reading && reading.meas_date !== "None")
        expect(summary.startTime).toBe(
          reading.meas_date
            .slice(0, 26)
            .replace(" ", "T")
            .replace(/\+.*/, "")
            .replace(/(\.\d*?)0+$/, "$1"),
        );
      expect(markers).toHaveLength(native.n_markers ?? 0);
      expect(summary.annotations).toHaveLength(native.n_markers ?? 0);
      const expected = (native.markers ?? [])
        .toSorted((a, b) => Number(a.position_1based) - Number(b.position_1based))
        .map((marker) => ({
          kind: "marker",
          onset: Number(marker.position_1based) - 1,
          duration: Number(marker.points),
          text: [marker.type, marker.description.replaceAll("\\1", ",")]
            .filter((part) => part !== "")
            .join("/"),
          ...(Number(marker.channel) > 0
            ? { channel: native.channels[Number(marker.channel) - 1]!.name }
            : {}),
        }));
      // oracles of long lists stop at 100 markers
      expect(markers.slice(0, expected.length)).toEqual(expected);
    });

    test("samples of every channel", async () => {
      const recording = await open(join(folder, path));
      const { channels, nGaps } = await collectStream(recording, 0);
      await recording.close();
      expect(nGaps).toBe(0);
      for (const [key, samples] of Object.entries(native.samples)) {
        const number = Number(key.split(":")[0]);
        const scale = voltageScale(native.channels[number]!.unit || "µV") ?? 1;
        expectNative(channels[number] ?? new Float32Array(0), samples, scale);
      }
    });
  });

  /** What is said of each malformed file: the error, or how it was read. */
  const outcomes: Readonly<Record<string, RegExp>> = {
    "bv_VisualOddball_BCI2021_AK_01/VisualOddball_BCI2021_AK_01.vhdr":
      /^BRAINVISION_DATA: .*the data file 'VisualOddball_BCI2021_AK_01.eeg' that the header names is not beside it/,
    "made/bv_interval_zero.vhdr":
      /^BRAINVISION_HEADER: .*SamplingInterval: expected the time from sample to sample in µs, > 0, got '0' \(line 11\)/,
    "made/bv_wrong_channel_count.vhdr":
      /^BRAINVISION_HEADER: .*NumberOfChannels: 9, but \[Channel Infos\] has 8 lines/,
    // Nothing outside the folder is opened; the data file of the header's own name is the one that is meant.
    "made/bv_path_traversal.vhdr":
      /^read 1000 samples; BRAINVISION_RENAMED: .*'bv_path_traversal.eeg', which bears the header's name, was taken/,
  };

  const malformed = primary.filter((row) => row["path"]!.startsWith("malformed/"));
  test.each(malformed.map((row) => [row["path"]!, row["expected_of_a_robust_reader"]!]))(
    "%s: %s",
    async (path) => {
      const outcome = await open(join(folder, path)).then(
        async (recording) => {
          const { channels } = await collectStream(recording, 0);
          const said = recording.diagnostics.map(({ code, message }) => `${code}: ${message}`);
          return [`read ${channels[0]?.length ?? 0} samples`, ...said].join("; ");
        },
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );
      expect(outcome).toMatch(outcomes[path.slice("malformed/".length)] ?? /^(?!.)/);
    },
  );
});
