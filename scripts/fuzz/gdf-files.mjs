// Small GDF files of both layouts, and the places in them where damage tells.
import { join, little, noise, text, widths } from "./bytes.mjs";

const types = { 2: "u8", 3: "i16", 4: "u16", 6: "u32", 16: "f32", 17: "f64" };

function make({ version = "2.20", signals, nRecords = 4, count, events, tags = null }) {
  const old = Number(version) < 1.9;
  const n = signals.length;
  const length = 256 * (n + 1 + (tags ? 1 : 0));
  const header = new Uint8Array(length);
  const view = new DataView(header.buffer);
  const put = (value, at) => header.set(text(value), at);
  put(`GDF ${version}`, 0);
  put("X X X X", 8);
  if (old) {
    put("2024030510150050", 168);
    view.setBigInt64(184, BigInt(length), true);
    view.setUint32(252, n, true);
  } else {
    view.setUint32(168, 2 ** 31, true);
    view.setUint32(172, 739000, true);
    view.setUint16(184, length / 256, true);
    view.setUint16(252, n, true);
  }
  view.setBigInt64(236, BigInt(count ?? nRecords), true);
  view.setUint32(244, 1, true);
  view.setUint32(248, 2, true);
  signals.forEach(({ label, type, samples, unit = 4275 }, i) => {
    const at = (offset, width) => 256 + offset * n + i * width;
    put(label.padEnd(16), at(0, 16));
    if (old) put("uV      ", at(96, 8));
    else view.setUint16(at(102, 2), unit, true);
    view.setFloat64(at(104, 8), -3200, true);
    view.setFloat64(at(112, 8), 3200, true);
    for (const [k, limit] of [-32768, 32767].entries())
      if (old) view.setBigInt64(at(120 + 8 * k, 8), BigInt(limit), true);
      else view.setFloat64(at(120 + 8 * k, 8), limit, true);
    if (!old) for (const [k, hz] of [70, 0.1, 50].entries()) view.setFloat32(at(204 + 4 * k, 4), hz, true);
    view.setUint32(at(216, 4), samples, true);
    view.setUint32(at(220, 4), type, true);
  });
  if (tags) header.set(join([Uint8Array.of(1, tags.length, 0, 0), text(tags)]), 256 * (n + 1));
  const next = noise(100);
  const data = [];
  for (let record = 0; record < nRecords; record++)
    for (const { type, samples } of signals)
      for (let i = 0; i < samples; i++) data.push(little(types[type], Math.abs(next())));
  return join([header, ...data, ...(events ? [eventTable(events, old)] : [])]);
}

function eventTable({ mode, rate, list }, old) {
  const n = list.length;
  const parts = [Uint8Array.of(mode)];
  const u24 = (value) => Uint8Array.of(value & 255, (value >> 8) & 255, value >> 16);
  if (old) parts.push(u24(rate), little("u32", n));
  else parts.push(u24(n), little("f32", rate));
  parts.push(
    ...list.map((event) => little("u32", event.position)),
    ...list.map((event) => little("u16", event.type)),
  );
  if (mode & 2) {
    parts.push(...list.map((event) => little("u16", event.channel ?? 0)));
    parts.push(...list.map((event) => little("u32", event.duration ?? 0)));
  }
  if (mode & 4) for (const { days = 739000 } of list) parts.push(little("u32", 2 ** 30), little("u32", days));
  return join(parts);
}

const list = [
  { position: 1, type: 0x0300 },
  { position: 30, type: 0x0301, duration: 20, channel: 1 },
  { position: 60, type: 0x7ffe, days: 739000.001 },
  { position: 70, type: 3 },
  { position: 75, type: 0x7fff, channel: 3, duration: 12345 },
];

export function gdfSeeds() {
  const eeg = (label, type, samples) => ({ label, type, samples });
  return [
    make({ signals: [eeg("Fz", 3, 32), eeg("Cz", 3, 32)], events: { mode: 1, rate: 64, list } }),
    make({
      signals: [eeg("Fz", 16, 20), eeg("EOG", 2, 10), eeg("sparse", 17, 0)],
      events: { mode: 3, rate: 40, list },
      tags: "\0first\0second\0third\0",
    }),
    make({
      version: "1.25",
      signals: [eeg("Fz", 3, 50), eeg("Cz", 4, 25)],
      events: { mode: 3, rate: 100, list },
    }),
    make({
      version: "2.11",
      signals: [eeg("Fz", 17, 16), eeg("Cz", 6, 16)],
      events: { mode: 7, rate: 32, list },
    }),
    make({ version: "1.99", signals: [eeg("Fz", 3, 1), eeg("Cz", 3, 1)], nRecords: 100, count: -1 }),
  ];
}

const layout = {
  1: ["-16", "-80", "-8", "f64", "f64", "i64", "i64", "-80", "u32", "u32", "-32"],
  2: [
    "-16",
    "-80",
    "-6",
    "u16",
    "f64",
    "f64",
    "f64",
    "f64",
    "-68",
    "f32",
    "f32",
    "f32",
    "u32",
    "u32",
    "-12",
    "-20",
  ],
};

export function gdfPlaces(bytes) {
  const old = Number(new TextDecoder("latin1").decode(bytes.subarray(4, 8))) < 1.9;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = [
    [0, "-8"],
    [168, "u32"],
    [172, "u32"],
    [184, old ? "i64" : "u16"],
    [236, "i64"],
    [244, "u32"],
    [248, "u32"],
    [252, old ? "u32" : "u16"],
  ].map(([at, kind]) => place(at, kind));
  const n = old ? view.getUint32(252, true) : view.getUint16(252, true);
  let at = 256;
  for (const kind of layout[old ? 1 : 2])
    for (let i = 0; i < n; i++) {
      places.push(place(at, kind));
      at += places.at(-1).width;
    }
  // the event table, wherever it is: the last bytes, as numbers of any kind
  for (let end = 4; end < 120 && end < bytes.length; end += 2)
    places.push(place(bytes.length - end, end % 4 === 0 ? "u32" : "u16"));
  return places;
}

function place(at, kind) {
  return kind.startsWith("-")
    ? { at, width: -Number(kind), kind: "text" }
    : { at, width: widths[kind], kind };
}
