/** Values of the fixed-width text fields that EDF headers and annotation lists are made of. */

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Bytes to text: UTF-8 where they are valid as that, else Latin-1, which everything is valid as. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return decodeLatin1(bytes);
  }
}

/** ISO 8859-1, byte by byte. (What `TextDecoder` calls latin1 is Windows-1252.) */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** A number as it was written: `num / 10 ** decimals`, exactly. */
export interface Decimal {
  readonly num: number;
  readonly den: number;
}

const decimalForm = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * A decimal number with an optional exponent, and nothing that `Number()` would take besides (blank, hex).
 * @returns null if the text is no such number
 */
export function parseNumber(text: string): number | null {
  const match = decimalForm.exec(text);
  if (!match || (match[2] === "" && (match[3] ?? "") === "")) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** An integer, also one that was written as `200.0`. */
export function parseInteger(text: string): number | null {
  const value = parseNumber(text);
  return value !== null && Number.isSafeInteger(value) ? value : null;
}

/**
 * A number that is not negative, as an exact fraction of two safe integers.
 * @returns null if the text is no such number
 */
export function parseFraction(text: string): Decimal | null {
  const match = decimalForm.exec(text);
  if (!match || match[1] === "-" || parseNumber(text) === null) return null;
  const decimals = match[3] ?? "";
  const exponent = Number(match[4] ?? 0) - decimals.length;
  let num = Number(match[2]! + decimals);
  let den = 1;
  if (exponent > 0) num *= 10 ** exponent;
  else den = 10 ** -exponent;
  return Number.isSafeInteger(num) && Number.isSafeInteger(den) ? { num, den } : null;
}

/** From one written time to another: at most 7 decimals each, so 2.3457029 - 0.394531 is 1.9511719, not beside it. */
export function secondsBetween(from: number, to: number): number {
  return from === 0 ? to : Math.round((to - from) * 1e9) / 1e9;
}
