import type { Diagnostic } from "../eeg/errors.ts";
import { fixedHeaderBytes, personalData } from "./edf/personal.ts";
import { examineSamples } from "./examine.ts";
import { fileSource } from "./file-source.node.ts";
import { gdfPersonalData } from "./gdf/personal.ts";
import type { Recording } from "./recording.ts";

/** All that reading alone does not look for: personal data in an EDF, BDF or GDF header, and faults of the samples. */
export async function examineFile(path: string, recording: Recording): Promise<readonly Diagnostic[]> {
  const { format } = await recording.summary();
  const found: Diagnostic[] = [];
  if (/^([EB]DF|GDF)/.test(format)) {
    const source = await fileSource(path);
    const header = await source.read(0, fixedHeaderBytes);
    found.push(...(format.startsWith("GDF") ? gdfPersonalData(header) : personalData(header)));
    await source.close();
  }
  return [...found, ...(await examineSamples(recording))];
}
