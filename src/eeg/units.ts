/** Microvolts in one of each unit of voltage, by its lower-case name with the prefix micro written `u`. */
const microvolts: Readonly<Record<string, number>> = {
  nv: 1e-3,
  uv: 1,
  mv: 1e3,
  v: 1e6,
  nanovolt: 1e-3,
  microvolt: 1,
  millivolt: 1e3,
  volt: 1e6,
};

/**
 * How many µV one of a physical dimension is: `uV`, `µV` (U+00B5) and `μV` (U+03BC), `nV`, `mV`, `V`, also
 * spelled out (`microvolt`), in plural, in capitals (`UV`), with padding, or with the micro sign read in the wrong
 * encoding (`Â\u00b5V`).
 * @returns null if it is no unit of voltage that is known; the blank one is not
 */
export function voltageScale(unit: string): number | null {
  const trimmed = unit.trim();
  if (trimmed === "MV") return null; // megavolt by the letter, millivolt by sense: nobody can tell
  const plain = trimmed
    .replace(/^(?:\u00c2?\u00b5|\u03bc|\u00ce\u00bc|micro(?=v$)|u(?=volt))/i, "u")
    .toLowerCase()
    .replace(/^u(?=volt)/, "micro")
    .replace(/(?<=volt)s$/, "");
  return Object.hasOwn(microvolts, plain) ? microvolts[plain]! : null;
}
