import * as z from "zod";
import { EegError } from "../eeg/errors.ts";

/** A public recording that can be fetched. */
export interface PublicRecording {
  /** Data set and recording: `eegmmidb/S001R01`. */
  readonly name: string;
  /** Below the base address; its last part is the file's name. */
  readonly path: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  /** Samples a second of its EEG channels. */
  readonly sfreq: number;
  /** EEG channels. */
  readonly channels: number;
  /** What the person did, in words. */
  readonly task: string;
}

export interface PublicDataset {
  readonly name: string;
  readonly title: string;
  /** Whom to cite. */
  readonly source: string;
  readonly licence: string;
  readonly note: string;
  readonly recordings: readonly PublicRecording[];
}

export interface Registry {
  /** Address that the recordings' paths continue. */
  readonly baseUrl: string;
  readonly datasets: readonly PublicDataset[];
}

const plainName = z.string().regex(/^[A-Za-z0-9][\w.-]*$/);

const datasetSchema = z.strictObject({
  name: plainName,
  title: z.string(),
  source: z.string(),
  licence: z.string(),
  /** `{name}` stands for the recording's name, `{subject}` for its first four letters. */
  path: z.string(),
  channels: z.number().int().positive(),
  note: z.string(),
  columns: z.tuple([
    z.literal("name"),
    z.literal("bytes"),
    z.literal("sha256"),
    z.literal("sfreq"),
    z.literal("task"),
  ]),
  recordings: z.array(
    z.tuple([
      plainName,
      z.number().int().positive(),
      z.string().regex(/^[0-9a-f]{64}$/),
      z.number().positive(),
      z.string(),
    ]),
  ),
});

const registrySchema = z.strictObject({
  format: z.literal("brainwire-recordings/1"),
  baseUrl: z.url(),
  datasets: z.array(datasetSchema),
});

/**
 * Reads the text of a `registry.json`.
 * @throws ZodError or SyntaxError: the file is part of the package, so a fault in it is ours
 */
export function parseRegistry(text: string): Registry {
  const { baseUrl, datasets } = registrySchema.parse(JSON.parse(text));
  return {
    baseUrl,
    datasets: datasets.map(({ name: dataset, title, source, licence, note, path, channels, recordings }) => ({
      name: dataset,
      title,
      source,
      licence,
      note,
      recordings: recordings.map(([name, bytes, sha256, sfreq, task]) => ({
        name: `${dataset}/${name}`,
        path: path.replaceAll("{name}", name).replaceAll("{subject}", name.slice(0, 4)),
        bytes,
        sha256,
        sfreq,
        channels,
        task,
      })),
    })),
  };
}

/**
 * The recording of a name such as `eegmmidb/S001R01`.
 * @throws EegError RECORDING_UNKNOWN, which says the names nearest to it
 */
export function findRecording(registry: Registry, name: string): PublicRecording {
  const all = registry.datasets.flatMap((dataset) => dataset.recordings);
  const found = all.find((recording) => recording.name === name);
  if (found) return found;
  const near = all
    .map((recording) => ({ name: recording.name, distance: nameDistance(name, recording.name) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3);
  throw new EegError(
    "RECORDING_UNKNOWN",
    `recording '${name}' is not registered; near it are ${near.map((n) => n.name).join(", ")}; ` +
      "`brainwire recordings` lists all",
  );
}

/** Edits between two names without regard to case, `from` possibly without its data set. */
function nameDistance(from: string, name: string): number {
  const wanted = from.toLowerCase();
  const whole = name.toLowerCase();
  return Math.min(editDistance(wanted, whole), editDistance(wanted, whole.slice(whole.indexOf("/") + 1)));
}

/** Insertions, deletions and replacements that make one text the other (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
}
