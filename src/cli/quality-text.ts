import { faultText, type RecordingQuality } from "../report/recording-quality.ts";

/** A line for each channel that is not good, and one that says how many there are. */
export function qualityLines({ verdicts, nWindows }: RecordingQuality): string[] {
  if (nWindows === 0) return ["quality   nothing to say: no second without a gap, or no EEG"];
  const bad = verdicts.filter(({ faults }) => faults.length > 0);
  const looked = verdicts.filter(({ amplitude, faults }) => amplitude !== null || faults.length > 0).length;
  const width = Math.max(0, ...bad.map(({ label }) => label.length));
  return [
    `quality   ${bad.length === 0 ? "all" : looked - bad.length} of ${looked} EEG channels good, by ${nWindows} s of signal (criteria of PREP)`,
    ...bad.map((verdict) => {
      const said = verdict.faults.map((fault) => faultText(fault, verdict)).join("; ");
      return `          ${verdict.label.padEnd(width)}  ${said}`;
    }),
  ];
}
