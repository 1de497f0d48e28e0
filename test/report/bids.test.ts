import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { AbstainReason, Decision } from "../../src/eeg/decision.ts";
import type { StreamInfo } from "../../src/eeg/stream-info.ts";
import {
  bidsChannels,
  bidsEegSidecar,
  bidsEvents,
  bidsEventsSidecar,
  bidsPrefix,
} from "../../src/report/bids.ts";
import { brainwire } from "../cli/run-cli.ts";

const labels = ["eyes-open", "eyes-closed"];

function decision(time: number, label: string | null, closed = 0.5): Decision {
  const reasons: AbstainReason[] = label === null ? ["settling"] : [];
  return {
    kind: "decision",
    sample: time * 100,
    time,
    label,
    probability: label === null ? null : label === "eyes-closed" ? closed : 1 - closed,
    probabilities: label === null ? null : { "eyes-open": 1 - closed, "eyes-closed": closed },
    abstained: label === null,
    reasons,
  };
}

function rows(eventOf: "stretches" | "decisions", decisions: readonly Decision[]): string[] {
  const events = bidsEvents({ labels, eventOf });
  return (events.header() + decisions.map((one) => events.push(one)).join("") + events.end())
    .trimEnd()
    .split("\n");
}

const decisions = [
  decision(0.5, null),
  decision(0.6, null),
  decision(0.7, "eyes-closed", 0.8),
  decision(0.8, "eyes-closed", 0.6),
  decision(0.9, "eyes-open", 0.25),
];

test("events are stretches that say the same, with mean probabilities", () => {
  expect(rows("stretches", decisions)).toEqual([
    "onset\tduration\ttrial_type\tprobability\tp_eyes_open\tp_eyes_closed\treason\tdecisions",
    "0.5\t0.2\tn/a\tn/a\tn/a\tn/a\tsettling\t2",
    "0.7\t0.2\teyes-closed\t0.7000\t0.3000\t0.7000\tn/a\t2",
    "0.9\t0.1\teyes-open\t0.7500\t0.7500\t0.2500\tn/a\t1",
  ]);
});

test("an event for each decision lasts no time", () => {
  expect(rows("decisions", decisions.slice(2)).slice(1)).toEqual([
    "0.7\t0\teyes-closed\t0.8000\t0.2000\t0.8000\tn/a\t1",
    "0.8\t0\teyes-closed\t0.6000\t0.4000\t0.6000\tn/a\t1",
    "0.9\t0\teyes-open\t0.7500\t0.7500\t0.2500\tn/a\t1",
  ]);
});

test("the sidecar describes every column of the events", () => {
  const columns = rows("stretches", [])[0]!.split("\t");
  const sidecar = JSON.parse(bidsEventsSidecar({ name: "eyes", version: "1.0.0", labels })) as object;
  expect(Object.keys(sidecar)).toEqual(columns);
});

test("channels and the recording, with n/a for what is not known", () => {
  const stream: StreamInfo = {
    name: "x",
    sourceId: "x",
    segment: 0,
    channels: [
      { label: "Oz", unit: "µV", type: "eeg", position: null, reference: "M1" },
      { label: "HEO", unit: "µV", type: "eog", position: null, reference: null },
    ],
    sfreq: { num: 1000, den: 3 },
    t0: null,
    filters: [{ kind: "highpass", description: "high-pass 0.1 Hz, recorded", lowHz: 0.1 }],
    delaySamples: 0,
    settleSamples: 0,
  };
  expect(bidsChannels([stream]).trimEnd().split("\n")).toEqual([
    "name\ttype\tunits\tsampling_frequency\treference\tlow_cutoff\thigh_cutoff\tnotch",
    "Oz\tEEG\tµV\t333.333333\tM1\t0.1\tn/a\tn/a",
    "HEO\tEOG\tµV\t333.333333\tn/a\t0.1\tn/a\tn/a",
  ]);
  const summary = {
    format: "EDF",
    startTime: null,
    durationSeconds: 12,
    nRecords: 12,
    recordDurationSeconds: 1,
    channels: [],
    annotations: [],
    gaps: [],
    diagnostics: [],
  };
  expect(JSON.parse(bidsEegSidecar("sub-01_task-rest", [stream], summary))).toMatchObject({
    TaskName: "rest",
    EEGReference: "M1",
    SamplingFrequency: 333.333333,
    PowerLineFrequency: "n/a",
    SoftwareFilters: "n/a",
    EEGChannelCount: 1,
    EOGChannelCount: 1,
    RecordingDuration: 12,
    RecordingType: "continuous",
  });
});

test("any of the names leads to what they have in common", () => {
  for (const path of ["a/sub-01_task-rest", "a/sub-01_task-rest_events.tsv", "a/sub-01_task-rest_eeg.json"])
    expect(bidsPrefix(path)).toBe("a/sub-01_task-rest");
});

test("decode --format bids writes the four files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brainwire-"));
  const args = ["decode", "recordings/demo.edf", "--model", "eyes", "--format", "bids", "--quiet"];
  expect(await brainwire(...args)).toMatchObject({ code: 1 });
  const { code, stderr } = await brainwire(...args, "--out", join(folder, "sub-01_task-rest"));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect((await readdir(folder)).toSorted()).toEqual(
    ["channels.tsv", "eeg.json", "events.json", "events.tsv"].map((name) => `sub-01_task-rest_${name}`),
  );
  const events = await readFile(join(folder, "sub-01_task-rest_events.tsv"), "utf8");
  expect(events).toMatch(/\teyes-closed\t0\.\d{4}\t/);
}, 60_000);
