import { createHash } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EegError } from "../eeg/errors.ts";
import { unwritable } from "./append-file.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const pipeline = z.strictObject({
  engine: z.string(),
  device: z.string(),
  calibration: hash.nullable(),
  allowFiltered: z.boolean(),
  quality: z.enum(["abstain", "say", "off"]).optional(),
  smoothSeconds: z.number().positive().nullable(),
  dwellSeconds: z.number().positive().nullable(),
  refractorySeconds: z.number().positive().nullable(),
  gate: z
    .strictObject({
      name: z.string(),
      version: z.string(),
      weights: hash,
      threshold: z.number().min(0).max(1),
    })
    .nullable()
    .optional(),
});

/** The model that decided and how it was run: what it takes to decide the same again. */
const decoder = z.strictObject({
  name: z.string(),
  version: z.string(),
  /** SHA-256 of the model's weights. */
  weights: hash,
  labels: z.array(z.string()),
  hopSeconds: z.number().positive(),
  /** Null where the server does not say. */
  pipeline: pipeline.nullable(),
});

export type Decoder = z.infer<typeof decoder>;

/** What `capture.json` holds (format `brainwire-capture/1`). */
const captureManifest = z.strictObject({
  format: z.literal("brainwire-capture/1"),
  /** UTC, ISO 8601. */
  begun: z.string(),
  /** When and why it ended; null while it is live, and for ever if it was cut off. */
  ended: z.strictObject({ at: z.string(), why: z.string() }).nullable(),
  /** Where the stream came from: the server's address and what it says of itself, or LSL. */
  source: z.record(z.string(), z.unknown()),
  /** What the first segment says of itself. */
  stream: z.record(z.string(), z.unknown()),
  /** Of the first segment; `log.jsonl` names another where a segment has another. */
  decoder: decoder.nullable(),
  /** SHA-256 of `decoder` as JSON without spaces, fields in alphabetical order, so that a change of it is seen. */
  configuration: hash,
  versions: z.record(z.string(), z.string()),
  /** At the end: of each file of the capture, its length in bytes and its SHA-256. */
  files: z.record(z.string(), z.strictObject({ bytes: z.int(), sha256: hash })).nullable(),
  /** At the end: what there is. */
  counts: z.record(z.string(), z.number()).nullable(),
  /** At the end: what was written otherwise than it was, a sentence each. */
  notes: z.array(z.string()),
});

export type CaptureManifest = z.infer<typeof captureManifest>;

export const manifestName = "capture.json";

export function configurationHash(of: Decoder | null): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(of)))
    .digest("hex");
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}

/** @throws EegError FILE_UNREADABLE, CAPTURE_INVALID */
export async function readManifest(folder: string): Promise<CaptureManifest> {
  const path = join(folder, manifestName);
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOENT" ? "no such file; is it a capture?" : `cannot be read (${cause.code})`;
    throw new EegError("FILE_UNREADABLE", `${path}: ${why}`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EegError("CAPTURE_INVALID", `${path}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const result = captureManifest.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new EegError("CAPTURE_INVALID", `${path}, ${issue.path.join(".") || "top level"}: ${issue.message}`);
}

export function formatManifest(manifest: CaptureManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/**
 * Replaces `capture.json` so that at every moment there is a whole one: beside it, to the disk, and then in its place.
 * @throws EegError FILE_UNWRITABLE
 */
export async function writeManifest(folder: string, manifest: CaptureManifest): Promise<void> {
  const path = join(folder, manifestName);
  const part = `${path}.part`;
  try {
    const file = await open(part, "w");
    try {
      await file.writeFile(formatManifest(manifest));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (cause) {
    throw unwritable(path, cause as NodeJS.ErrnoException);
  }
}
