import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Gap, Info, Item, Samples } from "../../src/eeg/item.ts";
import { formatEdf } from "../../src/formats/edf/writer.ts";
import { pickStage } from "../../src/signal/pick.ts";
import { replay } from "../../src/source/replay.node.ts";
import { makeGdf } from "../formats/gdf/made-gdf.ts";
import { makeXdf, samples as xdfSamples, streamHeader } from "../formats/xdf/made-xdf.ts";

export const demo = fileURLToPath(new URL("../../recordings/demo.edf", import.meta.url));

const seconds = 20;
const posterior = ["P7", "P3", "Pz", "P4", "P8", "PO3", "PO4", "O1", "Oz", "O2"];

/** The first seconds of the demo, some of its channels, in one piece. */
async function beginning(labels: readonly string[]): Promise<{ info: Info; samples: Samples }> {
  let stage: ReturnType<ReturnType<typeof pickStage>> | undefined;
  let info: Info | undefined;
  for await (const item of replay(demo, { chunkSeconds: seconds })) {
    if (item.kind === "info") {
      stage = pickStage(labels)(item.stream);
      info = { kind: "info", stream: stage.output };
    } else if (item.kind === "samples") {
      const [samples] = stage!.push(item);
      return { info: info!, samples: samples as Samples };
    }
  }
  throw new Error("the demo holds no samples");
}

/** Sample after sample, all channels of each. */
function multiplexed({ data, nSamples }: Samples): Float32Array {
  const n = data.length / nSamples;
  return Float32Array.from({ length: data.length }, (_, i) => data[(i % n) * nSamples + Math.floor(i / n)]!);
}

/** The same stretch of the demo in every format that is read, and the files to choose for each. */
export async function writeFormats(folder: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const { info, samples } = await beginning(posterior);
  const { nSamples, data } = samples;
  const rows = multiplexed(samples);
  const bytes = new Uint8Array(rows.buffer);
  const write = (name: string, content: Uint8Array | string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const half = nSamples / 2;
  const gap: Gap = { kind: "gap", start: half, nSamples: 400, reason: "discontinuity" };
  const part = (from: number, start: number): Samples => ({
    kind: "samples",
    start,
    nSamples: half,
    data: Float32Array.from(
      { length: data.length / 2 },
      (_, i) => data[Math.floor(i / half) * nSamples + from + (i % half)]!,
    ),
  });
  const interrupted: Item[] = [info, part(0, 0), gap, part(half, half + 400)];
  const header = [
    "Brain Vision Data Exchange Header File Version 1.0",
    "[Common Infos]",
    "Codepage=UTF-8",
    "DataFile=rest.eeg",
    "MarkerFile=rest.vmrk",
    "DataFormat=BINARY",
    "DataOrientation=MULTIPLEXED",
    `NumberOfChannels=${posterior.length}`,
    "SamplingInterval=5000",
    "[Binary Infos]",
    "BinaryFormat=IEEE_FLOAT_32",
    "[Channel Infos]",
    ...posterior.map((label, i) => `Ch${i + 1}=${label},,1,µV`),
  ].join("\r\n");
  const markers =
    "Brain Vision Data Exchange Marker File, Version 1.0\r\n[Marker Infos]\r\nMk1=Comment,eyes,400,1,0\r\n";
  const channels = posterior
    .map((l) => `<channel><label>${l}</label><unit>microvolts</unit></channel>`)
    .join("");
  const list = Array.from({ length: nSamples }, (_, i) => ({
    stamp: 100 + i / 200,
    bytes: bytes.subarray(4 * i * posterior.length, 4 * (i + 1) * posterior.length),
  }));
  return {
    "BDF+": [write("a.bdf", await formatEdf([info, samples], { format: "BDF+C" }))],
    "EDF+ with a gap": [write("b.edf", await formatEdf(interrupted, { format: "EDF+D" }))],
    "an EDF file that ends midway": [write("half.edf", readFileSync(demo).subarray(0, 500_001))],
    BrainVision: [write("rest.eeg", bytes), write("rest.vmrk", markers), write("rest.vhdr", header)],
    GDF: [
      write(
        "c.gdf",
        makeGdf({
          signals: posterior.map((label) => ({ label, type: 16, samplesPerRecord: 1 })),
          nRecords: nSamples,
          duration: [1, 200],
          data: bytes,
        }),
      ),
    ],
    XDF: [
      write(
        "d.xdf",
        makeXdf(
          streamHeader({
            id: 1,
            nChannels: posterior.length,
            rate: 200,
            format: "float32",
            desc: `<channels>${channels}</channels>`,
          }),
          xdfSamples(1, list, 4),
        ),
      ),
    ],
  };
}

/** What a user may drop that cannot be decoded. */
export async function writeFaulty(folder: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const { info, samples } = await beginning(["Fp1", "Fp2", "F3", "F4"]);
  const write = (name: string, content: Uint8Array | string): string => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const bytes = readFileSync(demo);
  return {
    "a table": [write("table.csv", "Time,Fp1,Fp2\n0,1,2\n")],
    "an empty file": [write("empty.edf", "")],
    "a recording whose header is cut": [write("cut.edf", bytes.subarray(0, 3000))],
    "a recording whose header is damaged": [write("damaged.edf", Buffer.from(bytes).fill("x", 252, 256))],
    "electrodes that do not cover the model's region": [
      write("frontal.edf", await formatEdf([info, samples])),
    ],
    "a BrainVision header without its data": [
      write(
        "alone.vhdr",
        `Brain Vision Data Exchange Header File Version 1.0\r\n[Common Infos]\r\nDataFile=lost.eeg\r\nDataFormat=BINARY\r\nDataOrientation=MULTIPLEXED\r\nNumberOfChannels=1\r\nSamplingInterval=5000\r\n[Binary Infos]\r\nBinaryFormat=INT_16\r\n[Channel Infos]\r\nCh1=O1,,1,µV\r\n`,
      ),
    ],
  };
}
