// Small EDF and BDF files with all that the formats have, and the places in them where damage tells.
import { formatEdf } from "../../dist/index.node.js";
import { join, noise, text } from "./bytes.mjs";

const fixedFields = [8, 80, 80, 8, 8, 8, 44, 8, 8, 4];
const signalFields = [16, 80, 8, 8, 8, 8, 8, 80, 8, 32];

/** A file by hand. @param signals `{ label, n, unit, range, reserved, text(record) }`; with `text` for annotations */
function make({ bdf = false, reserved = "", nRecords = 3, duration = "1", count, signals }) {
  const width = bdf ? 3 : 2;
  const limit = 2 ** (8 * width - 1);
  const next = noise(limit / 300);
  const fields = (name) => signals.map((signal) => name(signal)).join("");
  const header = [
    (bdf ? "\xffBIOSEMI" : "0").padEnd(8),
    "X M 01-JAN-1980 Someone".padEnd(80),
    "Startdate 05-MAR-2024 X X X".padEnd(80),
    "05.03.24",
    "10.15.00",
    String(256 * (signals.length + 1)).padEnd(8),
    reserved.padEnd(44),
    String(count ?? nRecords).padEnd(8),
    duration.padEnd(8),
    String(signals.length).padEnd(4),
    fields(({ label }) => label.padEnd(16)),
    fields(() => "AgAgCl".padEnd(80)),
    fields(({ unit = "uV" }) => unit.padEnd(8)),
    fields(({ range = [-3200, 3200] }) => String(range[0]).padEnd(8)),
    fields(({ range = [-3200, 3200] }) => String(range[1]).padEnd(8)),
    fields(() => String(-limit).padEnd(8)),
    fields(() => String(limit - 1).padEnd(8)),
    fields(() => "HP:0.1Hz LP:70Hz N:50Hz".padEnd(80)),
    fields(({ n }) => String(n).padEnd(8)),
    fields(({ reserved: own = "" }) => own.padEnd(32)),
  ].join("");
  const records = [];
  for (let record = 0; record < nRecords; record++)
    for (const { n, text: lists, value } of signals) {
      const bytes = new Uint8Array(n * width);
      if (lists) bytes.set(text(lists(record)).subarray(0, bytes.length));
      else
        for (let i = 0; i < n; i++) {
          const number = value ? value(record, i) : next();
          for (let b = 0; b < width; b++) bytes[i * width + b] = number >> (8 * b);
        }
      records.push(bytes);
    }
  return join([Uint8Array.from(header, (c) => c.charCodeAt(0)), ...records]);
}

const eeg = (label, n, more = {}) => ({ label, n, ...more });
const tal = (n, lists, kind = "EDF") => ({ label: `${kind} Annotations`, n, range: [-1, 1], text: lists });
const times = (record) => `+${record}\x14\x14\0+${record}.5\x150.25\x14blink@@Cz\x14\0`;

async function written(format) {
  const channels = ["Fp1", "Oz"].map((label) => ({
    label,
    unit: "µV",
    type: "eeg",
    position: null,
    reference: null,
  }));
  const stream = {
    name: "seed",
    sourceId: "seed",
    segment: 0,
    channels,
    sfreq: { num: 128, den: 1 },
    t0: "2024-03-05T10:15:00.25",
    filters: [],
    delaySamples: 0,
    settleSamples: 0,
  };
  const next = noise(1000);
  const samples = (start, nSamples) => ({
    kind: "samples",
    start,
    nSamples,
    data: Float32Array.from({ length: 2 * nSamples }, (_, i) =>
      i % 50 === 7 && format.endsWith("D") ? NaN : next(),
    ),
  });
  return formatEdf(
    [
      { kind: "info", stream },
      { kind: "marker", onset: 30, duration: 60, text: "eyes closed" },
      samples(0, 256),
      ...(format.endsWith("D")
        ? [
            { kind: "gap", start: 256, nSamples: 1000, reason: "paused" },
            samples(1256, 200),
            { kind: "info", stream: { ...stream, segment: 1, t0: "2024-03-05T10:17:00" } },
            samples(0, 300),
          ]
        : []),
    ],
    { format },
  );
}

export async function edfSeeds() {
  return [
    make({ signals: [eeg("EEG Fp1-Ref", 100), eeg("EEG Cz", 100), eeg("Resp", 10, { unit: "mV" })] }),
    make({
      reserved: "EDF+C",
      signals: [
        eeg("Cz", 64),
        eeg("EOG", 32, { unit: "" }),
        tal(40, times),
        tal(20, () => "+0.75\x14second\x14\0"),
      ],
    }),
    make({
      reserved: "EDF+D",
      nRecords: 4,
      duration: "0.5",
      signals: [tal(32, (r) => `+${[0, 0.5, 7, 3][r]}\x14\x14\0`), eeg("Cz", 50), eeg("Pz", 50)],
    }),
    make({ reserved: "EDF+C", count: -1, duration: "0.976562", signals: [eeg("O1", 250), tal(40, times)] }),
    make({ reserved: "EDF+C", duration: "0", signals: [tal(60, times)] }),
    await written("EDF+C"),
    await written("EDF+D"),
  ];
}

export async function bdfSeeds() {
  const status = (record, i) => (record === 1 ? 0x10ffff : 0x100000 | (i % 20 === 9 ? 0x0a0b : 0)) << 0;
  return [
    make({
      bdf: true,
      reserved: "24BIT",
      signals: [eeg("A1", 64), eeg("A2", 64), eeg("Status", 64, { unit: "Boolean", value: status })],
    }),
    make({
      bdf: true,
      reserved: "BDF+C",
      signals: [eeg("Cz", 33), eeg("GSR", 11, { unit: "Ohm" }), tal(30, times, "BDF")],
    }),
    make({
      bdf: true,
      reserved: "BDF+D",
      nRecords: 4,
      count: -1,
      signals: [tal(20, (r) => `+${[0, 1, 9, 9.5][r]}\x14\x14\0`, "BDF"), eeg("Cz", 40)],
    }),
    make({
      bdf: true,
      reserved: "24BIT",
      nRecords: 40,
      signals: [...Array(8)].map((_, i) => eeg(`B${i}`, 4)),
    }),
    await written("BDF+C"),
    await written("BDF+D"),
  ];
}

/** Fields of the header, and what annotation lists are made of. */
export function edfPlaces(bytes) {
  const places = [];
  let at = 0;
  const field = (width) => {
    places.push({ at, width, kind: "text" });
    at += width;
  };
  fixedFields.forEach(field);
  const header = new TextDecoder("latin1").decode(bytes.subarray(0, 256));
  const nSignals = Number(header.slice(252)) || 0;
  for (const width of signalFields) for (let i = 0; i < nSignals; i++) field(width);
  const rest = new TextDecoder("latin1").decode(bytes.subarray(at));
  // oxlint-disable-next-line no-control-regex -- what annotation lists are made of
  for (const match of rest.matchAll(/[+-][\d.]+|[\x14\x15]\0?/g)) {
    const { length } = match[0];
    places.push({ at: at + match.index, width: length, kind: length > 1 ? "stamp" : "u8" });
    if (length > 1) places.push({ at: at + match.index, width: 1, kind: "u8" });
  }
  return places;
}
