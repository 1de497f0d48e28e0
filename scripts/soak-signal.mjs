// What the soak sends: 64 electrodes at 160 Hz, every number known from its channel and sample alone, so that whoever
// receives it can tell a lost, repeated, shifted or damaged one.

export const sfreq = 160;
export const frameSamples = 8;

const labels =
  `Fp1 Fpz Fp2 AF7 AF3 AFz AF4 AF8 F7 F5 F3 F1 Fz F2 F4 F6 F8 FT7 FC5 FC3 FC1 FCz FC2 FC4 FC6 FT8 T9 T7 C5
C3 C1 Cz C2 C4 C6 T8 T10 TP7 CP5 CP3 CP1 CPz CP2 CP4 CP6 TP8 P7 P5 P3 P1 Pz P2 P4 P6 P8 PO7 PO3 POz PO4 PO8 O1 Oz O2 Iz`.split(
    /\s+/,
  );

export const info = {
  name: "soak",
  sourceId: "soak",
  type: "EEG",
  sfreq: { num: sfreq, den: 1 },
  channels: labels.map((label) => ({ label, unit: "µV", type: "eeg", position: null, reference: null })),
};

/** A prime, so that each channel goes through the whole table from a place of its own. */
const period = 65_521;
const table = drifting();

/** The number of a channel at a sample, µV: coloured noise and 10 Hz, by turns stronger and weaker. */
export function valueAt(channel, sample) {
  return table[(sample + channel * 977) % period];
}

/** Samples from `start` on, channel after channel. */
export function samplesAt(start, nSamples) {
  const data = new Float32Array(labels.length * nSamples);
  for (let c = 0; c < labels.length; c++)
    for (let i = 0; i < nSamples; i++) data[c * nSamples + i] = valueAt(c, start + i);
  return data;
}

function drifting() {
  const values = new Float32Array(period);
  let state = 1;
  let slow = 0;
  for (let i = 0; i < period; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes' generator
    slow = 0.95 * slow + 6 * (state / 2 ** 32 - 0.5);
    const alpha = Math.floor(i / (20 * sfreq)) % 2 === 0 ? 12 : 2;
    values[i] = slow + alpha * Math.sin((2 * Math.PI * 10 * i) / sfreq);
  }
  return values;
}
