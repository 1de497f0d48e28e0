import { electrode } from "../eeg/electrodes.ts";
import { electrodeTable } from "../eeg/electrode-table.ts";
import { EegError } from "../eeg/errors.ts";

/** The 64 electrodes of EEGMMIDB, and of many caps. */
const common =
  `Fp1 Fpz Fp2 AF7 AF3 AFz AF4 AF8 F7 F5 F3 F1 Fz F2 F4 F6 F8 FT7 FC5 FC3 FC1 FCz FC2 FC4 FC6 FT8 T9 T7 C5 C3
C1 Cz C2 C4 C6 T8 T10 TP7 CP5 CP3 CP1 CPz CP2 CP4 CP6 TP8 P7 P5 P3 P1 Pz P2 P4 P6 P8 PO7 PO3 POz PO4 PO8 O1 Oz O2 Iz`
    .trim()
    .split(/\s+/);

/**
 * Names of electrodes for a made-up headset: those that the model wants, evenly chosen where there are fewer, then
 * the common ones, then the others of the 10-05 table.
 * @throws EegError OPTION_INVALID if there are not as many electrodes
 */
export function chooseElectrodes(wanted: readonly string[], nChannels: number): string[] {
  const known = wanted.filter((name) => electrode(name) !== null);
  if (nChannels <= known.length)
    return Array.from({ length: nChannels }, (_, i) => known[Math.floor((i * known.length) / nChannels)]!);
  const others = [...common, ...electrodeTable.keys()];
  const all = [...new Set([...known, ...others])];
  if (nChannels > all.length)
    throw new EegError("OPTION_INVALID", `channels: at most ${all.length}, got ${nChannels}`);
  return all.slice(0, nChannels);
}
