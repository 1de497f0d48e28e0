import { alignment } from "../signal/align.ts";
import { harmonics, patchSamples, strideSamples } from "../model/encoder.ts";
import { isPlain, type DataSet, type TrainingRecording } from "./recording-data.ts";

/**
 * Every recording twice: as it is, and aligned by the covariance of its subject's recordings, over the samples of
 * their valid patches. The samples must not be referenced yet; both share them.
 */
export function withAligned(recordings: readonly TrainingRecording[]): TrainingRecording[] {
  const subjects = [...new Set(recordings.map(({ subject }) => subject))];
  const matrices = new Map(
    subjects.map((subject) => [subject, ofSubject(recordings.filter((one) => one.subject === subject))]),
  );
  return [
    ...recordings.map((recording) => ({ ...recording, alignment: "none" as const })),
    ...recordings.map((recording) => ({ ...recording, alignment: matrices.get(recording.subject)! })),
  ];
}

/**
 * A data set as if only these electrodes had been recorded: aligned and referenced among themselves.
 * @throws RangeError if it lacks one of them
 */
export function withElectrodes(data: DataSet, names: readonly string[]): DataSet {
  const rows = names.map((name) => data.electrodes.indexOf(name)).toSorted((a, b) => a - b);
  if (rows.includes(-1)) throw new RangeError(`the data set lacks one of ${names.join(", ")}`);
  const plain = data.recordings.filter(isPlain).map((recording): TrainingRecording => {
    const { nSamples, samples, present } = recording;
    const kept = new Float32Array(rows.length * nSamples);
    rows.forEach((row, c) => kept.set(samples.subarray(row * nSamples, (row + 1) * nSamples), c * nSamples));
    return {
      ...recording,
      samples: kept,
      present: present.filter((_, c) => rows.includes(c)),
      alignment: "none",
    };
  });
  const aligned = plain.length < data.recordings.length;
  return {
    ...data,
    electrodes: rows.map((row) => data.electrodes[row]!),
    phi: Float32Array.from(
      rows.flatMap((row) => [...data.phi.subarray(row * harmonics, (row + 1) * harmonics)]),
    ),
    recordings: aligned ? withAligned(plain) : plain,
  };
}

function ofSubject(recordings: readonly TrainingRecording[]): Float32Array {
  const n = recordings[0]!.present.length;
  const sums = new Float64Array(n * n);
  let count = 0;
  for (const { samples, nSamples, valid } of recordings) {
    const counted = validSamples(valid, nSamples);
    for (const used of counted) count += used;
    for (let a = 0; a < n; a++) {
      const kept = samples.slice(a * nSamples, (a + 1) * nSamples);
      for (let i = 0; i < nSamples; i++) kept[i]! *= counted[i]!;
      for (let b = a; b < n; b++)
        sums[a * n + b]! += dot(kept, samples.subarray(b * nSamples, (b + 1) * nSamples));
    }
  }
  const covariance = new Float64Array(n * n);
  for (let a = 0; a < n; a++)
    for (let b = 0; b < n; b++)
      covariance[a * n + b] = sums[Math.min(a, b) * n + Math.max(a, b)]! / Math.max(1, count);
  const there = Uint8Array.from(
    { length: n },
    (_, c) => +recordings.every(({ present }) => present[c] === 1),
  );
  return Float32Array.from(alignment(covariance, there));
}

/** Four sums at a time, which the processor adds side by side. */
function dot(x: Float32Array, y: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const fours = x.length - (x.length % 4);
  for (let i = 0; i < fours; i += 4) {
    a += x[i]! * y[i]!;
    b += x[i + 1]! * y[i + 1]!;
    c += x[i + 2]! * y[i + 2]!;
    d += x[i + 3]! * y[i + 3]!;
  }
  for (let i = fours; i < x.length; i++) a += x[i]! * y[i]!;
  return a + b + (c + d);
}

/** 1 for each sample of a valid patch, else 0. */
function validSamples(valid: Uint8Array, nSamples: number): Uint8Array {
  const counted = new Uint8Array(nSamples);
  valid.forEach((isValid, p) => {
    if (isValid === 1) counted.fill(1, p * strideSamples, p * strideSamples + patchSamples);
  });
  return counted;
}
