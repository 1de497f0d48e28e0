/** Files as the standards have them, and what reading them gives. */
import type { EegError } from "../../../src/eeg/errors.ts";
import { openEdf } from "../../../src/formats/edf/reader.ts";
import type { RecordingSummary } from "../../../src/formats/recording.ts";
import { annotations, build, signal, type Built, type BuiltSignal } from "./build.ts";
import { collectStream, type Collected } from "./collect.ts";
import { memorySource } from "./memory-source.ts";

interface Read extends Collected {
  readonly summary: RecordingSummary;
  readonly codes: readonly string[];
}

export async function read(file: Built, stream?: number): Promise<Read> {
  const recording = await openEdf(memorySource(build(file)));
  const collected = await collectStream(recording, stream ?? recording.defaultStream);
  const summary = await recording.summary();
  return { ...collected, summary, codes: recording.diagnostics.map((diagnostic) => diagnostic.code) };
}

export async function refusal(file: Built | Uint8Array): Promise<EegError> {
  return openEdf(memorySource(file instanceof Uint8Array ? file : build(file))).then(
    () => {
      throw new Error("was not refused");
    },
    (error: unknown) => error as EegError,
  );
}

export const count = (record: number, sample: number): number => 100 * record + sample;
export const time =
  (onset: (record: number) => number, more: (record: number) => string = () => "") =>
  (record: number): string =>
    `+${onset(record)}\x14\x14\0${more(record)}`;
export const edfPlus = (
  lists: (record: number) => string | Uint8Array,
  rest: Partial<Built> = {},
): Built => ({
  reserved: "EDF+C",
  nRecords: 3,
  signals: [signal("Cz", 10, count), annotations(60, lists)],
  ...rest,
});
export const one = (rest: Partial<BuiltSignal>, file: Partial<Built> = {}): Built => ({
  nRecords: 1,
  signals: [{ ...signal("Cz", 4, (_, i) => [0, 1, -1, 10][i]!), ...rest }],
  ...file,
});
