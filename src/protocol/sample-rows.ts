import type { Samples } from "../eeg/item.ts";
import { ProtocolError } from "./protocol-error.ts";

export type SampleRows = readonly (readonly (number | null)[])[];

/** Samples as JSON carries them: a row a channel, null where a number is missing. */
export function formatSampleRows({ data, nSamples }: Samples): (number | null)[][] {
  const rows: (number | null)[][] = [];
  for (let at = 0; at < data.length; at += nSamples)
    rows.push(Array.from(data.subarray(at, at + nSamples), (value) => (Number.isNaN(value) ? null : value)));
  return rows;
}

/** @throws ProtocolError PROTOCOL_FRAME if the rows differ in length, are empty, or a number is beyond float32 */
export function parseSampleRows(rows: SampleRows, start: number): Samples {
  const nSamples = rows[0]?.length ?? 0;
  if (nSamples === 0) throw new ProtocolError("PROTOCOL_FRAME", "samples: expected at least one");
  if (!Number.isSafeInteger(start + nSamples))
    throw new ProtocolError("PROTOCOL_FRAME", `samples: index ${start} is too large`);
  const data = new Float32Array(rows.length * nSamples);
  rows.forEach((row, c) => {
    if (row.length !== nSamples)
      throw new ProtocolError(
        "PROTOCOL_FRAME",
        `samples: row 0 has ${nSamples} numbers, row ${c} has ${row.length}`,
      );
    for (let s = 0; s < nSamples; s++) {
      const value = row[s] ?? Number.NaN;
      data[c * nSamples + s] = value;
      if (Math.abs(data[c * nSamples + s]!) === Infinity)
        throw new ProtocolError("PROTOCOL_FRAME", `samples: row ${c}, number ${s} is beyond float32`);
    }
  });
  return { kind: "samples", start, data, nSamples };
}
