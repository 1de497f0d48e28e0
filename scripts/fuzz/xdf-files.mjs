// Small XDF files, and the places in them where damage tells.
import { join, little, noise, text } from "./bytes.mjs";

const boundaryBytes = [
  0x43, 0xa5, 0x46, 0xdc, 0xcb, 0xf5, 0x41, 0x0f, 0xb3, 0x0e, 0xd5, 0x46, 0x73, 0x83, 0xcb, 0xe4,
];

function chunk(tag, content, width = 4) {
  const kind = { 1: "u8", 4: "u32", 8: "i64" }[width];
  return join([Uint8Array.of(width), little(kind, content.length + 2), little("u16", tag), content]);
}

const boundary = chunk(5, Uint8Array.from(boundaryBytes), 1);

function stream({ id, name, type, nChannels, rate, format, labels = [] }) {
  const channels = labels
    .map((label) => `<channel><label>${label}</label><unit>microvolts</unit><type>EEG</type></channel>`)
    .join("");
  return chunk(
    2,
    join([
      little("u32", id),
      text(
        `<?xml version="1.0"?><info><name>${name}</name><type>${type}</type><channel_count>${nChannels}</channel_count><nominal_srate>${rate}</nominal_srate><channel_format>${format}</channel_format><source_id>s${id}</source_id><desc><channels>${channels}</channels></desc></info>`,
      ),
    ]),
  );
}

/** @param list `[stamp or null, bytes]` */
function samples(id, list, width = 1) {
  const kind = { 1: "u8", 4: "u32", 8: "i64" }[width];
  const parts = list.flatMap(([stamp, bytes]) => [
    stamp === null ? Uint8Array.of(0) : join([Uint8Array.of(8), little("f64", stamp)]),
    bytes,
  ]);
  return chunk(3, join([little("u32", id), Uint8Array.of(width), little(kind, list.length), ...parts]));
}

const offset = (id, time, value) =>
  chunk(4, join([little("u32", id), little("f64", time), little("f64", value)]));
const string = (value) => join([Uint8Array.of(1, text(value).length), text(value)]);
const footer = (id) =>
  chunk(
    6,
    join([little("u32", id), text("<?xml version='1.0'?><info><sample_count>1</sample_count></info>")]),
  );

function file(...chunks) {
  const info = `<?xml version="1.0"?><info><version>1.0</version><datetime>2026-01-01T10:00:00+0100</datetime></info>`;
  return join([text("XDF:"), chunk(1, text(info)), ...chunks]);
}

/** Frames of a stream of numbers from a time on; every third without a stamp where `sparse`. */
function frames({ from, n, rate, nChannels, kind = "f32", sparse = false }) {
  const next = noise(500);
  return Array.from({ length: n }, (_, i) => [
    sparse && i % 3 !== 0 ? null : from + i / rate,
    join(Array.from({ length: nChannels }, () => little(kind, next()))),
  ]);
}

export function xdfSeeds() {
  const eeg = {
    id: 1,
    name: "amp",
    type: "EEG",
    nChannels: 2,
    rate: 100,
    format: "float32",
    labels: ["Fz", "Cz"],
  };
  const markers = { id: 2, name: "stim", type: "Markers", nChannels: 1, rate: 0, format: "string" };
  const gaze = { id: 3, name: "gaze", type: "Gaze", nChannels: 1, rate: 0, format: "double64" };
  return [
    file(
      stream(eeg),
      stream(markers),
      boundary,
      samples(1, frames({ from: 100, n: 60, rate: 100, nChannels: 2 })),
      samples(2, [[100.2, string("go")]]),
      offset(1, 100, 5000),
      samples(1, frames({ from: 101.5, n: 60, rate: 100, nChannels: 2, sparse: true })),
      offset(1, 102, 5000.0001),
      boundary,
      samples(2, [[101.7, string("stop")]]),
      footer(1),
    ),
    file(
      stream({ ...eeg, format: "int16", rate: 50 }),
      stream({ ...eeg, id: 4, name: "other", format: "double64", nChannels: 1, labels: [], rate: 25.5 }),
      stream(gaze),
      samples(1, frames({ from: 10, n: 100, rate: 50, nChannels: 2, kind: "i16" }), 4),
      samples(4, frames({ from: 900, n: 50, rate: 25.5, nChannels: 1, kind: "f64" })),
      offset(1, 10, 3),
      offset(4, 900, -887),
      offset(1, 11, 3.0002),
      offset(4, 901, 40),
      samples(3, [[10.5, little("f64", 7)]]),
      boundary,
      samples(1, frames({ from: 8, n: 40, rate: 50, nChannels: 2, kind: "i16" }), 8),
      samples(4, frames({ from: 950, n: 30, rate: 25.5, nChannels: 1, kind: "f64" })),
    ),
    file(
      stream({ ...eeg, format: "int64", rate: 32 }),
      samples(1, frames({ from: 0, n: 80, rate: 32, nChannels: 2, kind: "i64", sparse: true })),
      boundary,
      stream({ id: 5, name: "text", type: "Log", nChannels: 2, rate: 10, format: "string" }),
      samples(5, [
        [0.1, join([string("a"), string("b")])],
        [null, join([string("c"), string("")])],
      ]),
    ),
  ];
}

/** Lengths, tags, stream numbers, counts and the numbers of the XML headers; stamps and flags of the first samples. */
export function xdfPlaces(bytes) {
  const places = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 4; at + 7 < bytes.length;) {
    const width = bytes[at];
    const length = width === 1 ? bytes[at + 1] : view.getUint32(at + 1, true);
    const tag = view.getUint16(at + 1 + width, true);
    const content = at + 3 + width;
    places.push({ at, width: 1, kind: "u8" });
    places.push({ at: at + 1, width, kind: { 1: "u8", 4: "u32", 8: "i64" }[width] ?? "u8" });
    places.push({ at: at + 1 + width, width: 2, kind: "u16" }, { at: content, width: 4, kind: "u32" });
    if (tag === 3) {
      const counted = bytes[content + 4];
      places.push({ at: content + 4, width: 1, kind: "u8" });
      places.push({
        at: content + 5,
        width: counted,
        kind: { 1: "u8", 4: "u32", 8: "i64" }[counted] ?? "u8",
      });
      places.push(
        { at: content + 5 + counted, width: 1, kind: "u8" },
        { at: content + 6 + counted, width: 8, kind: "f64" },
      );
    } else if (tag === 4)
      places.push({ at: content + 4, width: 8, kind: "f64" }, { at: content + 12, width: 8, kind: "f64" });
    else if (tag === 2 || tag === 1) {
      const xml = new TextDecoder("latin1").decode(bytes.subarray(content, at + 1 + width + length));
      for (const match of xml.matchAll(/(?<=>)[^<>]+(?=<)/g))
        places.push({ at: content + match.index, width: match[0].length, kind: "line" });
    }
    at += 1 + width + length;
  }
  return places;
}
