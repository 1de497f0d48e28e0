import { expect, test } from "@jest/globals";
import { voltageScale } from "../../src/eeg/units.ts";

test.each([
  [
    1,
    ["uV", "µV", "\u00b5V", "\u03bcV", "UV", "uv", " uV     ", "microvolt", "MicroVolts", "uVolt", "microV"],
  ],
  [1, ["\u00c2\u00b5V", "\u00ce\u00bcV", "µVolts"]],
  [1e3, ["mV", "mv", "millivolt"]],
  [1e6, ["V", "v", "Volts", "volt"]],
  [1e-3, ["nV", "NV", "nanovolts"]],
])("%d µV: %j", (scale, units) => {
  for (const unit of units) expect([unit, voltageScale(unit)]).toEqual([unit, scale]);
});

test.each([
  "",
  "%",
  "degC",
  "DegC",
  "G",
  "MV",
  "kV",
  "uV4",
  "uV/cm",
  "u",
  "constructor",
  "\ufffdV",
  "mm",
  "uA",
])("'%s' is no voltage", (unit) => {
  expect(voltageScale(unit)).toBeNull();
});
