// Recordings of any size in each format, written a second at a time without going through brainwire's own writer.
import { closeSync, openSync, writeSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes `recording.edf`, `.bdf`, `.vhdr` with its data and markers, `.gdf` and `.xdf` with the same stored integers:
 * noise of 16 bits, in steps of 0.1 µV (BDF: 1 µV). XDF holds them as float32, a stamp for each sample.
 * @returns their paths, by format
 */
export function writeFormats(folder, { nChannels, rate, seconds, formats = Object.keys(writers) }) {
  return Object.fromEntries(
    formats.map((format) => [format, writers[format](folder, { nChannels, rate, seconds })]),
  );
}

const writers = { edf, bdf, brainvision, gdf, xdf };

const labels = (n) => Array.from({ length: n }, (_, i) => `E${i + 1}`);

/** A second of stored integers, channel after channel; the seconds differ. */
function second(index, { nChannels, rate }) {
  const data = new Int16Array(nChannels * rate);
  let state = index + 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[i] = state >> 17;
  }
  return data;
}

function write(path, parts) {
  const file = openSync(path, "w");
  for (const part of parts) writeSync(file, part);
  closeSync(file);
  return path;
}

function edf(folder, size) {
  return write(join(folder, "recording.edf"), edfParts(size, 2));
}

function bdf(folder, size) {
  return write(join(folder, "recording.bdf"), edfParts(size, 3));
}

function* edfParts(size, width) {
  const { nChannels, rate, seconds } = size;
  const each = (text, field) =>
    labels(nChannels)
      .map((label) => (text || label).padEnd(field))
      .join("");
  const limit = 2 ** (8 * width - 1);
  const step = width === 2 ? 0.1 : 1; // -838860.8 is too long for its field
  const header = [
    (width === 3 ? "\xffBIOSEMI" : "0").padEnd(8),
    "X X X X".padEnd(80),
    "Startdate X X X X".padEnd(80),
    "05.03.24",
    "10.15.00",
    String(256 * (nChannels + 1)).padEnd(8),
    (width === 3 ? "24BIT" : "").padEnd(44),
    String(seconds).padEnd(8),
    "1".padEnd(8),
    String(nChannels).padEnd(4),
    each("", 16),
    each(" ", 80),
    each("uV", 8),
    each(String(-limit * step), 8),
    each(String((limit - 1) * step).slice(0, 8), 8),
    each(String(-limit), 8),
    each(String(limit - 1), 8),
    each(" ", 80),
    each(String(rate), 8),
    each(" ", 32),
  ].join("");
  yield Buffer.from(header, "latin1");
  for (let i = 0; i < seconds; i++) {
    const data = second(i, size);
    if (width === 2) yield data;
    else {
      const bytes = new Uint8Array(3 * data.length);
      for (let k = 0; k < data.length; k++) {
        bytes[3 * k] = data[k];
        bytes[3 * k + 1] = data[k] >> 8;
        bytes[3 * k + 2] = data[k] >> 16;
      }
      yield bytes;
    }
  }
}

function brainvision(folder, { nChannels, rate, seconds }) {
  const path = join(folder, "recording.vhdr");
  writeFileSync(
    path,
    `Brain Vision Data Exchange Header File Version 1.0
[Common Infos]
Codepage=UTF-8
DataFile=recording.eeg
MarkerFile=recording.vmrk
DataFormat=BINARY
DataOrientation=MULTIPLEXED
NumberOfChannels=${nChannels}
SamplingInterval=${1e6 / rate}
[Binary Infos]
BinaryFormat=INT_16
[Channel Infos]
${labels(nChannels)
  .map((label, i) => `Ch${i + 1}=${label},,0.1,µV`)
  .join("\n")}
`,
  );
  writeFileSync(
    join(folder, "recording.vmrk"),
    "Brain Vision Data Exchange Marker File, Version 1.0\n[Common Infos]\nDataFile=recording.eeg\n[Marker Infos]\nMk1=New Segment,,1,1,0,20240305101500000000\n",
  );
  write(join(folder, "recording.eeg"), multiplexed(Int16Array, { nChannels, rate, seconds }));
  return path;
}

function* multiplexed(Numbers, size) {
  const { nChannels, rate, seconds } = size;
  for (let i = 0; i < seconds; i++) {
    const data = second(i, size);
    const turned = new Numbers(data.length);
    for (let c = 0; c < nChannels; c++)
      for (let k = 0; k < rate; k++) turned[k * nChannels + c] = data[c * rate + k];
    yield turned;
  }
}

function gdf(folder, size) {
  const { nChannels: n, rate, seconds } = size;
  const header = new Uint8Array(256 * (n + 1));
  const view = new DataView(header.buffer);
  const put = (text, at) => header.set(Buffer.from(text, "latin1"), at);
  put("GDF 2.20", 0);
  view.setUint16(184, n + 1, true);
  view.setBigInt64(236, BigInt(seconds), true);
  view.setUint32(244, 1, true);
  view.setUint32(248, 1, true);
  view.setUint16(252, n, true);
  labels(n).forEach((label, i) => {
    const at = (offset, width) => 256 + offset * n + i * width;
    put(label, at(0, 16));
    view.setUint16(at(102, 2), 4275, true); // µV
    view.setFloat64(at(104, 8), -3276.8, true);
    view.setFloat64(at(112, 8), 3276.7, true);
    view.setFloat64(at(120, 8), -32768, true);
    view.setFloat64(at(128, 8), 32767, true);
    view.setUint32(at(216, 4), rate, true);
    view.setUint32(at(220, 4), 3, true); // int16
  });
  return write(
    join(folder, "recording.gdf"),
    (function* () {
      yield header;
      for (let i = 0; i < seconds; i++) yield second(i, size);
    })(),
  );
}

function xdf(folder, size) {
  const { nChannels, rate } = size;
  const chunk = (tag, ...parts) => {
    const length = 2 + parts.reduce((sum, part) => sum + part.byteLength, 0);
    const head = Buffer.alloc(7);
    head[0] = 4;
    head.writeUInt32LE(length, 1);
    head.writeUInt16LE(tag, 5);
    return Buffer.concat([
      head,
      ...parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)),
    ]);
  };
  const id = Uint8Array.of(1, 0, 0, 0);
  const channels = labels(nChannels)
    .map((label) => `<channel><label>${label}</label><unit>microvolts</unit><type>EEG</type></channel>`)
    .join("");
  const info = `<?xml version="1.0"?><info><name>bench</name><type>EEG</type><channel_count>${nChannels}</channel_count><nominal_srate>${rate}</nominal_srate><channel_format>float32</channel_format><desc><channels>${channels}</channels></desc></info>`;
  return write(
    join(folder, "recording.xdf"),
    (function* () {
      yield Buffer.from("XDF:");
      yield chunk(1, Buffer.from(`<?xml version="1.0"?><info><version>1.0</version></info>`));
      yield chunk(2, id, Buffer.from(info));
      let i = 0;
      for (const data of multiplexed(Float32Array, size)) {
        const frame = 4 * nChannels;
        const body = Buffer.alloc(5 + 4 + rate * (9 + frame));
        body.set(id);
        body[4] = 4;
        body.writeUInt32LE(rate, 5);
        for (let k = 0; k < rate; k++) {
          const at = 9 + k * (9 + frame);
          body[at] = 8;
          body.writeDoubleLE(1000 + i + k / rate, at + 1);
          body.set(new Uint8Array(data.buffer, k * frame, frame), at + 9);
        }
        yield chunk(3, body);
        i++;
      }
    })(),
  );
}
