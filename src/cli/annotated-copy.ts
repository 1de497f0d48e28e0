import { extname } from "node:path";
import { EegError } from "../eeg/errors.ts";
import type { Marker } from "../eeg/item.ts";
import { fitEdf, markersFirst } from "../formats/edf/fitting.ts";
import { writeEdfFile } from "../formats/edf/write-file.node.ts";
import type { Recording } from "../formats/recording.ts";
import { annotatedRecording } from "../report/label-markers.ts";
import type { Terminal } from "./terminal.ts";

/** @throws EegError OPTION_INVALID for a name that ends neither in .edf nor in .bdf */
export function bitsOf(path: string): 16 | 24 {
  const ending = extname(path).toLowerCase();
  if (ending === ".edf") return 16;
  if (ending === ".bdf") return 24;
  throw new EegError("OPTION_INVALID", `${path}: expected a name that ends in .edf or .bdf`);
}

/**
 * Writes a recording's default stream as EDF+ or BDF+ with markers added to its annotations; stored integers are kept
 * where the file can hold them, as `brainwire convert` does.
 */
export async function writeAnnotatedCopy(
  path: string,
  source: Recording,
  { markers, terminal }: { readonly markers: readonly (readonly Marker[])[]; readonly terminal: Terminal },
): Promise<void> {
  const annotated = annotatedRecording(source, markers);
  const fitting = await fitEdf(annotated, { bits: bitsOf(path), stream: source.defaultStream });
  const diagnostics = await writeEdfFile(path, markersFirst(annotated.items()), fitting.options);
  const count = markers.reduce((sum, segment) => sum + segment.length, 0);
  terminal.say(`${path}: ${fitting.options.format}, ${count} annotation${count === 1 ? "" : "s"} added`);
  for (const note of fitting.notes) terminal.say(`  ${note}`);
  for (const { message } of diagnostics) terminal.say(`  ${message}`);
}
