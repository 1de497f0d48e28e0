// What brainwire and MNE make of each recording of the corpus of test data, as docs/formats.md.
//   npm run build && node scripts/format-table.mjs [FOLDER WITH INDEX.tsv] [python with mne]
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EegError, fileSource, openRecording } from "../dist/index.node.js";

const folder = process.argv[2] ?? fileURLToPath(new URL("../../shared/recordings/formats", import.meta.url));
const python = process.argv[3] ?? "/usr/bin/python3";

const titles = {
  edf: "EDF",
  bdf: "BDF",
  brainvision: "BrainVision",
  gdf: "GDF",
  xdf: "XDF",
  malformed: "Damaged and malformed files",
};

/** What is told in the README, and a file of the corpus that has it. */
const cases = [
  ["EDF+D with gaps", "edf/made_edfplusd_gaps.edf"],
  ["EDF+C whose record times have a gap", "malformed/edfplusc_with_gap.edf"],
  ["records that overlap", "malformed/edfplusd_overlap.edf"],
  ["time that runs backward", "malformed/edfplusd_backwards.edf"],
  ["units %, °C or none", "edf/made_units_odd.edf"],
  ["several sampling rates (a stream for each)", "edf/short_psg.edf"],
  ["annotations only", "edf/SC4001EC-Hypnogram.edf"],
  ["a decimal comma in the header", "edf/made_comma_decimal.edf"],
  ["data labelled like annotations", "edf/made_plain_edf_label_annotations.edf"],
  ["one damaged annotation list", "malformed/tal_garbage.edf"],
  ["an impossible start time", "malformed/hdr_time_bad.edf"],
  ["one signal without a range", "malformed/sig_pmin_blank.edf"],
  ["a text-mode transfer (CR LF for LF)", "malformed/crlf_textmode_psg.edf"],
  ["a text-mode transfer (LF for CR)", "malformed/crlf_to_lf.edf"],
  ["re-encoded as UTF-8", "malformed/utf8_reencoded.edf"],
  ["cut in the middle", "malformed/trunc_half.edf"],
  ["more records than declared", "malformed/trailing_record.edf"],
  ["BDF named .edf", "malformed/bdf_named_edf.edf"],
  ["BrainVision, big-endian", "brainvision/made/bv_bigendian.vhdr"],
  ["BrainVision, UINT_16", "brainvision/made/bv_uint_16_mul.vhdr"],
  ["BrainVision, vectorized text with commas", "brainvision/made/bv_ascii_vec_comma.vhdr"],
  ["BrainVision, `$b` for its own name", "brainvision/made/bv_dollar_b.vhdr"],
  ["BrainVision, without a marker file", "brainvision/made/bv_no_marker_file.vhdr"],
  ["GDF 1.24, records of 1/256 s", "gdf/modeeg_ch1undch2stoerung.gdf"],
  ["GDF, sparse channels", "gdf/libgdf_NEQSuint32Ch678.GDF"],
  ["GDF, more events declared than there are", "malformed/made_gdf_event_count_huge.gdf"],
  ["XDF, jitter and two clocks", "xdf/made_jitter_two_clocks.xdf"],
  ["XDF, a clock set anew", "xdf/made_clock_reset_noFooter.xdf"],
  ["XDF, damaged in the middle", "malformed/made_corrupt_middle.xdf"],
];

const [head, ...lines] = readFileSync(join(folder, "INDEX.tsv"), "utf8").trimEnd().split("\n");
const names = head.split("\t");
const files = lines
  .map((line) => Object.fromEntries(line.split("\t").map((value, i) => [names[i], value])))
  .filter(({ role, path }) => role === "primary" && !path.startsWith("eeglab/"));

const ours = [];
for (const { path } of files) ours.push({ path, ...(await read(join(folder, path))) });
const { version, outcomes } = withMne();

const rows = files.map((file, i) => ({ ...file, ours: ours[i], mne: outcomes[file.path] }));
writeFileSync(new URL("../docs/formats.md", import.meta.url), page(rows));
const readme = new URL("../README.md", import.meta.url);
const text = readFileSync(readme, "utf8");
const [begin, end] = ["<!-- formats -->", "<!-- /formats -->"].map((mark) => text.indexOf(mark));
if (begin < 0 || end < 0) throw new Error("README.md has no place for the table of formats");
writeFileSync(
  readme,
  `${text.slice(0, begin)}<!-- formats -->\n\n${caseLines(rows).join("\n")}\n\n${text.slice(end)}`,
);

execFileSync("npx", ["prettier", "--write", "--log-level", "warn", "docs/formats.md", "README.md"], {
  cwd: fileURLToPath(new URL("..", import.meta.url)),
});

/** What is read of a file: the numbers at the beginning, in the middle and at the end of each channel. */
async function read(path) {
  let recording;
  try {
    recording = await openRecording(await fileSource(path));
  } catch (error) {
    if (!(error instanceof EegError)) throw error;
    return { refused: error.code };
  }
  try {
    const channels = [];
    let gapped = 0;
    let segments = 0;
    for (const [stream, info] of recording.streams.entries()) {
      const parts = [];
      for await (const item of recording.items({ stream })) {
        if (item.kind === "samples") parts.push(item);
        if (item.kind === "gap") gapped++;
        if (item.kind === "info") segments++;
      }
      const n = parts.reduce((sum, { nSamples }) => sum + nSamples, 0);
      const at = (c, k) => {
        for (const { data, nSamples } of parts) {
          if (k < nSamples) return data[c * nSamples + k];
          k -= nSamples;
        }
        return null;
      };
      for (const [c, { label, unit, type }] of info.channels.entries()) {
        const places = [0, 1, 2, n >> 1, n - 2, n - 1].filter((k) => k >= 0 && k < n);
        const values = places.map((k) => [k, at(c, k)]).filter(([, value]) => Number.isFinite(value));
        channels.push({ label, unit, type, sfreq: info.sfreq.num / info.sfreq.den, n, values });
      }
    }
    const { annotations, diagnostics, durationSeconds: end } = await recording.summary();
    const { length: nStreams } = recording.streams;
    return {
      channels,
      gapped: gapped > 0,
      segmented: segments > nStreams,
      annotations: annotations.length,
      annotationsWithin: annotations.filter(({ onsetSeconds: at }) => at >= 0 && at < end).length,
      said: [...new Set(diagnostics.map(({ code }) => code))],
    };
  } finally {
    await recording.close();
  }
}

function withMne() {
  const work = mkdtempSync(join(tmpdir(), "brainwire-table-"));
  try {
    writeFileSync(join(work, "ours.json"), JSON.stringify({ folder, files: ours }));
    const script = fileURLToPath(new URL("format_table_mne.py", import.meta.url));
    const output = execFileSync(python, [script, join(work, "ours.json")], {
      maxBuffer: 1 << 26,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return JSON.parse(output);
  } finally {
    rmSync(work, { recursive: true });
  }
}

function page(all) {
  const parts = [
    "# Formats, case by case",
    "",
    "<!-- made by scripts/format-table.mjs -->",
    "",
    `What brainwire and MNE ${version} make of ${all.length} recordings: real ones from the test data of other projects, made ones, and damaged ones. Everything under "brainwire" is held by the tests in \`test/formats\`, against values from an independent decoder. MNE's values are compared with brainwire's at the beginning, in the middle and at the end of each channel of the highest rate. A fault that brainwire works around is said with the code beside the file; \`brainwire info --strict\` fails on each.`,
    "",
    ...summaryLines(all),
    "",
  ];
  for (const kind of ["edf", "bdf", "brainvision", "gdf", "xdf", "malformed"]) {
    const own = all.filter(({ path }) => path.startsWith(`${kind}/`));
    parts.push(
      `## ${titles[kind]}`,
      "",
      `| file | what is special | brainwire | MNE ${version} |`,
      "| --- | --- | --- | --- |",
    );
    for (const { path, special, expected_of_a_robust_reader: expected, ours: own_, mne } of own)
      parts.push(
        `| ${code(path.slice(kind.length + 1))} | ${cell(special || expected)} | ${oursText(own_)} | ${cell(mne.text)} |`,
      );
    parts.push("");
  }
  return parts.join("\n");
}

function oursText({ refused, said = [], gapped, segmented, annotations }) {
  if (refused) return `refused, ${code(refused)}`;
  const kept = [gapped ? "gaps" : null, segmented ? "segments" : null].filter(Boolean).join(" and ");
  const what = ["read", kept && `${kept} kept`, annotations && `${annotations} annotations`];
  return [what.filter(Boolean).join(", "), said.map(code).join(" ")].filter((part) => part !== "").join("; ");
}

/** A line for each format: how many files, and what becomes of them. */
function summaryLines(all) {
  const out = [
    `| | files | brainwire: read | refused with a reason | MNE ${version}: the same | otherwise, with a warning | otherwise, without | refused |`,
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  for (const kind of Object.keys(titles)) {
    const own = all.filter(({ path }) => path.startsWith(`${kind}/`));
    const count = (test) => own.filter(test).length;
    out.push(
      `| ${titles[kind]} | ${own.length} | ${count((row) => !row.ours.refused)} | ${count((row) => row.ours.refused)} | ${
        kind === "xdf"
          ? "has no reader | | |"
          : `${count((row) => row.mne.kind === "same")} | ${count((row) => row.mne.kind === "warned")} | ${count((row) => row.mne.kind === "silent")} | ${count((row) => row.mne.kind === "refused")} |`
      }`,
    );
  }
  return out;
}

/** For the README: a case a line, by a file that has it. */
function caseLines(all) {
  const find = (path) => all.find((row) => row.path === path);
  return [
    `| | brainwire | MNE ${version} |`,
    "| --- | --- | --- |",
    ...cases.map(([title, path]) => {
      const { ours: own, mne } = find(path);
      // most made files have an annotation behind their last sample, which is said too
      const said = /tal_/.test(path) ? own.said : own.said?.filter((each) => each !== "EDF_TAL");
      return `| ${title} | ${oursText({ ...own, said, annotations: 0 })} | ${cell(mne.text.replace(/(refused, \w+).*/, "$1"))} |`;
    }),
  ];
}

function code(text) {
  return `\`${text}\``;
}

function cell(text) {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replace(/\s+/g, " ").trim();
}
