import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { EegError } from "../../../src/eeg/errors.ts";
import { fileSource } from "../../../src/formats/file-source.node.ts";
import { openRecording } from "../../../src/formats/open.ts";
import type { RecordingSummary } from "../../../src/formats/recording.ts";
import { describeWith, sharedData } from "../../shared-data.ts";
import { collectStream } from "./collect.ts";
import { readIndex } from "./corpus-index.ts";

// Every EDF and BDF file of the malformed corpus does what its index wants of a robust reader.

/** The code of the error or of the diagnostic that a file must give, where the index's words leave it open. */
const codes: Readonly<Record<string, string>> = {
  "all_zero.edf": "FORMAT_UNKNOWN",
  "ann_label_misspelt.edf": "EDF_ANNOTATIONS_ABSENT",
  "bdf_trunc_sample.bdf": "EDF_TRUNCATED",
  "bids_emg_Multimodal_task-pullstand_eeg.edf": "EDF_HEADER",
  "bids_emg_Multimodal_task-pullstand_emg.edf": "EDF_HEADER",
  "bit7_stripped.edf": "EDF_TRANSFER",
  "cr_stripped.edf": "EDF_HEADER",
  "crlf_textmode.edf": "EDF_HEADER",
  "crlf_textmode_psg.edf": "EDF_HEADER",
  "crlf_to_lf.edf": "EDF_TRANSFER",
  "ctrl_z_cut.edf": "EDF_TRUNCATED",
  "edfplusc_with_gap.edf": "EDF_GAP",
  "edfplusd_backwards.edf": "EDF_TIME_BACKWARD",
  "edfplusd_overlap.edf": "EDF_OVERLAP",
  "gzip.edf": "FORMAT_UNKNOWN",
  "hdr_date_bad.edf": "EDF_START_TIME",
  "hdr_date_slash.edf": "EDF_START_TIME",
  "hdr_dur_empty.edf": "EDF_HEADER",
  "hdr_dur_hex.edf": "EDF_HEADER",
  "hdr_dur_nan.edf": "EDF_HEADER",
  "hdr_dur_zero.edf": "EDF_HEADER",
  "hdr_hdrlen_text.edf": "EDF_HEADER_LENGTH",
  "hdr_hdrlen_wrong.edf": "EDF_HEADER_LENGTH",
  "hdr_nrec_huge.edf": "EDF_TRUNCATED",
  "hdr_nrec_negative5.edf": "EDF_RECORD_COUNT",
  "hdr_nrec_text.edf": "EDF_RECORD_COUNT",
  "hdr_nrec_too_many.edf": "EDF_TRUNCATED",
  "hdr_nrec_zero.edf": "EDF_RECORD_COUNT",
  "hdr_ns_reserved_garbage.edf": "EDF_RESERVED",
  "hdr_nsig_negative.edf": "EDF_HEADER",
  "hdr_nsig_zero.edf": "EDF_HEADER",
  "hdr_nsig_zeroed.edf": "EDF_HEADER",
  "hdr_time_bad.edf": "EDF_START_TIME",
  "hdr_version_bad.edf": "EDF_HEADER",
  "html.edf": "FORMAT_UNKNOWN",
  "sig_dmin_beyond.edf": "EDF_DIGITAL_RANGE",
  "sig_dmin_eq_dmax.edf": "EDF_SIGNAL_REFUSED",
  "sig_dmin_gt_dmax.edf": "EDF_SIGNAL_REFUSED",
  "sig_label_blank.edf": "CHANNEL_LABEL",
  "sig_label_dup.edf": "CHANNEL_LABEL",
  "sig_pmin_blank.edf": "EDF_SIGNAL_REFUSED",
  "sig_pmin_eq_pmax.edf": "EDF_PHYSICAL_RANGE",
  "sig_pmin_inf.edf": "EDF_SIGNAL_REFUSED",
  "sig_spr_absurd.edf": "EDF_TRUNCATED",
  "sig_spr_text.edf": "EDF_HEADER",
  "sig_spr_zero.edf": "EDF_HEADER",
  "tal_far_and_negative_duration.edf": "EDF_TAL",
  "tal_garbage.edf": "EDF_TAL",
  "tal_no_sign.edf": "EDF_TAL",
  "trailing_record.edf": "EDF_TRAILING_BYTES",
  "trunc_half.edf": "EDF_TRUNCATED",
  "utf16le.edf": "FORMAT_UNKNOWN",
  "utf8_reencoded.edf": "EDF_HEADER",
  "utf8_reencoded_annotations.edf": "EDF_HEADER",
  "utf8_replacement.edf": "EDF_HEADER",
  "zero_bytes.edf": "FORMAT_UNKNOWN",
};

/** What else must hold of the files that open. */
const results: Readonly<Record<string, (summary: RecordingSummary) => void>> = {
  "bdf_named_edf.edf": (s) => expect(s.format).toBe("BDF+C"),
  "bdf_trunc_sample.bdf": (s) => expect(s.nRecords).toBe(5),
  "edfplusc_with_gap.edf": (s) => expect(s.gaps).toEqual([{ startSeconds: 3, durationSeconds: 10 }]),
  "edfplusd_backwards.edf": (s) => expect(s.gaps).toEqual([{ startSeconds: 1, durationSeconds: 4 }]),
  "edfplusd_overlap.edf": (s) => expect(s.durationSeconds).toBe(5),
  "hdr_date_bad.edf": (s) => expect(s.startTime).toBeNull(),
  "hdr_time_bad.edf": (s) => expect(s.startTime).toBeNull(),
  "hdr_ns_reserved_garbage.edf": (s) => expect(s.format).toBe("EDF"),
  "hdr_nrec_huge.edf": (s) => expect(s.nRecords).toBe(6),
  "sig_dmin_eq_dmax.edf": (s) => expect(s.channels.map((c) => c.label)).toEqual(["ramp", "pulse"]),
  "sig_dmin_float.edf": (s) => expect(s.channels[0]!.digitalMin).toBe(-32768),
  "sig_label_html.edf": (s) => expect(s.channels[0]!.label).toBe("<img src=x>"),
  "sig_label_nul.edf": (s) => expect(s.channels[0]!.label).toMatch(/^[ -~]+$/),
  "trunc_half.edf": (s) => expect(s.nRecords).toBe(3),
};

describeWith(sharedData("recordings/formats/INDEX.tsv"), "malformed EDF and BDF files", (index) => {
  const rows = index === "" ? [] : readIndex(index);
  const files = rows.filter((row) => /^malformed\/.*\.(edf|bdf)$/i.test(row["path"]!));

  test.each(files.map((row) => [row["path"]!, row["expected_of_a_robust_reader"]!]))(
    "%s: %s",
    async (path, expected) => {
      const name = path.split("/").at(-1)!;
      const outcome = await read(join(index, "..", path));
      const code = codes[name];
      if (outcome instanceof EegError) {
        expect(expected).toMatch(/refuse|no crash|^$|whole records only/);
        if (code !== undefined) expect(outcome.code).toBe(code);
        expect(outcome.message).toContain(name);
        expect(outcome.message).not.toMatch(/\n|undefined|NaN/);
      } else {
        if (/^refuse(?! the signal| or)/.test(expected)) throw new Error(`${name} was not refused`);
        const found = outcome.diagnostics.map((diagnostic) => diagnostic.code);
        if (code !== undefined) expect(found).toContain(code);
        else if (/warn|flag|detect/.test(expected)) expect(found).not.toEqual([]);
        results[name]?.(outcome);
      }
    },
  );
});

/** The summary, after all items of all streams kept their contract; or what it was refused with. */
async function read(path: string): Promise<RecordingSummary | EegError> {
  try {
    const recording = await openRecording(await fileSource(path));
    try {
      for (const i of recording.streams.keys()) await collectStream(recording, i);
      return await recording.summary();
    } finally {
      await recording.close();
    }
  } catch (error) {
    if (error instanceof EegError) return error;
    throw error;
  }
}
