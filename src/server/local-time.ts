/**
 * A local time without a zone, `seconds` later, to the nanosecond; in the same zone all along, as files mean it.
 * @param time ISO 8601 without a zone, such as `2009-08-12T16:15:00.25`
 */
export function laterLocalTime(time: string, seconds: number): string {
  const [whole = "", fraction = ""] = time.split(".");
  const base =
    BigInt(Date.parse(`${whole}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9) || 0);
  const later = base + BigInt(Math.round(seconds * 1e9));
  const date = new Date(Number(later / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  const rest = String(later % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return rest === "" ? date : `${date}.${rest}`;
}
