// Small BrainVision recordings, and the places in them where damage tells.
import { noise, text } from "./bytes.mjs";

function make({
  binary = "INT_16",
  orientation = "MULTIPLEXED",
  nSamples = 80,
  more = "",
  ascii = "",
  segments = false,
}) {
  const n = 3;
  const next = noise(3000);
  const values = Array.from({ length: n * nSamples }, next);
  const at = (c, i) => values[orientation === "MULTIPLEXED" ? i * n + c : c * nSamples + i];
  const numbers = {
    INT_16: Int16Array,
    UINT_16: Uint16Array,
    INT_32: Int32Array,
    IEEE_FLOAT_32: Float32Array,
  }[binary];
  const number = (value) => (ascii === "," ? String(value / 8).replace(".", ",") : String(value / 8));
  const lines =
    orientation === "MULTIPLEXED"
      ? Array.from({ length: nSamples }, (_, i) => [0, 1, 2].map((c) => number(at(c, i))).join(" "))
      : [0, 1, 2].map(
          (c) => `Ch${c} ${Array.from({ length: nSamples }, (_, i) => number(at(c, i))).join(" ")}`,
        );
  const heading = orientation === "MULTIPLEXED" ? "Fp1 Cz Oz\r\n" : "";
  const vhdr = `Brain Vision Data Exchange Header File Version 1.0
; made for damage

[Common Infos]
Codepage=UTF-8
DataFile=$b.eeg
MarkerFile=$b.vmrk
DataFormat=${ascii ? "ASCII" : "BINARY"}
DataOrientation=${orientation}
DataType=TIMEDOMAIN
NumberOfChannels=${n}
DataPoints=${nSamples}
SamplingInterval=3906.25
${more}
${ascii ? `[ASCII Infos]\nDecimalSymbol=${ascii}\nSkipLines=${heading ? 1 : 0}\nSkipColumns=${heading ? 0 : 1}` : `[Binary Infos]\nBinaryFormat=${binary}`}

[Channel Infos]
Ch1=Fp1,,0.1,µV
Ch2=Cz\\1a,A1,0.5,mV
Ch3=Oz,,,

[Coordinates]
Ch1=1,-90,-72
Ch2=1,0,0

[Comment]
A m p l i f i e r  S e t u p
# Name Phys. Chn. Resolution / Unit Low Cutoff [s] High Cutoff [Hz] Notch [Hz]
1 Fp1 1 0.1 µV 10 1000 Off
2 Cz 2 0.1 µV 10 1000 50
3 Oz 3 0.1 µV DC 1000 Off
`.replaceAll("\n", "\r\n");
  const vmrk = `Brain Vision Data Exchange Marker File, Version 1.0
[Common Infos]
Codepage=UTF-8
DataFile=$b.eeg
[Marker Infos]
Mk1=New Segment,,1,1,0,20240305101500000000
Mk2=Stimulus,S  1,10,1,0
Mk3=Response,R\\1 2,25,4,2
${segments ? "Mk4=New Segment,,41,1,0,20240305101503500000\nMk5=Comment,eyes closed,50,20,0" : "Mk4=Comment,eyes closed,50,20,0"}
`.replaceAll("\n", "\r\n");
  const eeg = ascii
    ? text(heading + lines.join("\r\n") + "\r\n")
    : new Uint8Array(numbers.from(values).buffer);
  return [text(vhdr), text(vmrk), eeg];
}

/** Each a header, a marker file and a data file. */
export function brainvisionSeeds() {
  return [
    make({}),
    make({ binary: "UINT_16", segments: true }),
    make({ binary: "INT_32", orientation: "VECTORIZED" }),
    make({ binary: "IEEE_FLOAT_32", more: "SegmentDataPoints=20\nSegmentationType=MARKERBASED" }),
    make({ binary: "INT_16", orientation: "VECTORIZED", segments: true }),
    make({ ascii: "." }),
    make({ ascii: ",", orientation: "VECTORIZED" }),
  ];
}

/** What stands behind each `=` and each comma; in data, nothing of its own but for numbers as text. */
export function brainvisionPlaces(bytes, file) {
  if (file === 2) return [];
  const places = [];
  const content = new TextDecoder("latin1").decode(bytes);
  for (const match of content.matchAll(/(?<==|,)[^,\r\n]*|^[^=\r\n]+$/gm))
    places.push({ at: match.index, width: match[0].length, kind: "line" });
  return places;
}
