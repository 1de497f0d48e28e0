import { InvalidArgumentError } from "commander";

/** Parsers of option values; commander shows their sentences beside the option's name. */

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(text.trim() !== "" && value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError("Expected a number above 0.");
  return value;
}

/** From 0 to 1. */
export function share(text: string): number {
  const value = Number(text);
  if (!(text.trim() !== "" && value >= 0 && value <= 1))
    throw new InvalidArgumentError("Expected a number from 0 to 1.");
  return value;
}

/** A time in seconds, also 0 or before. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value))
    throw new InvalidArgumentError("Expected a number of seconds.");
  return value;
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value > 0))
    throw new InvalidArgumentError("Expected a whole number above 0.");
  return value;
}

/** A whole number from 0 on. */
export function count(text: string): number {
  const value = Number(text);
  if (!(text.trim() !== "" && Number.isSafeInteger(value) && value >= 0))
    throw new InvalidArgumentError("Expected a whole number, 0 or above.");
  return value;
}

/** Comma-separated, in order, none empty. */
export function list(text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.includes("")) throw new InvalidArgumentError("Expected names separated by commas.");
  return parts;
}

/** `1-40`: band edges in Hz. */
export function band(text: string): { lowHz: number; highHz: number } {
  const match = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text.trim());
  const lowHz = Number(match?.[1]);
  const highHz = Number(match?.[2]);
  if (!(lowHz > 0 && highHz > lowHz))
    throw new InvalidArgumentError("Expected LOW-HIGH in Hz, such as 1-40.");
  return { lowHz, highHz };
}

/** `max`, or a factor of real time. */
export function pace(text: string): number | "max" {
  return text === "max" ? "max" : positiveNumber(text);
}
