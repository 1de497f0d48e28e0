/** Physical dimensions of GDF 2: codes of ISO/IEEE 11073-10101, table A.6.3 (unit) and A.6.1 (decimal factor). */

/** By the code's upper eleven bits. Those that biosignals come in; others are shown as their code. */
const units: Readonly<Record<number, string>> = {
  512: "",
  544: "%",
  576: "‰",
  608: "ppm",
  736: "°",
  768: "rad",
  1280: "m",
  1600: "l",
  1728: "g",
  2176: "s",
  2208: "min",
  2240: "h",
  2464: "1/s",
  2496: "Hz",
  2528: "1/min",
  2720: "bpm",
  2816: "m/s",
  3040: "l/s",
  3072: "l/min",
  3776: "N",
  3840: "Pa",
  3872: "mmHg",
  3904: "cmH2O",
  3936: "bar",
  3968: "J",
  4032: "W",
  4160: "A",
  4192: "C",
  4256: "V",
  4288: "Ohm",
  4352: "F",
  4384: "K",
  4416: "°F",
  6048: "°C",
  65504: "T",
};

/** By the code's lower five bits. */
const prefixes: Readonly<Record<number, string>> = {
  0: "",
  1: "da",
  2: "h",
  3: "k",
  4: "M",
  5: "G",
  6: "T",
  7: "P",
  16: "d",
  17: "c",
  18: "m",
  19: "µ",
  20: "n",
  21: "p",
  22: "f",
};

/** The unit that a code stands for: 4275 is `µV`. Empty for 0 (unspecified); `unit 5472` for what is not known. */
export function unitOfCode(code: number): string {
  if (code === 0) return "";
  const unit = units[code & 0xffe0];
  const prefix = prefixes[code & 0x1f];
  return unit === undefined || prefix === undefined ? `unit ${code}` : prefix + unit;
}
