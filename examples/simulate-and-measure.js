// The simulator, the EDF+ writer and Welch's spectrum, each used alone: alpha at Oz with eyes open and closed.
//   node examples/simulate-and-measure.js [out.edf]
import { sfreq, synthetic, welch, writeEdfFile } from "brainwire";

const rate = sfreq(256);
const spectra = {};
for (const state of ["eyes-open", "eyes-closed"]) {
  const person = synthetic({ seed: 3, sfreq: rate, electrodes: ["Oz"], schedule: [{ state, seconds: 30 }] });
  const samples = [];
  for await (const item of person) if (item.kind === "samples") samples.push(...item.data);
  spectra[state] = welch(Float32Array.from(samples), { sfreq: rate, segment: 512 });
}

console.log("   Hz  eyes-open  eyes-closed   (µV²/Hz at Oz)");
const { frequencies } = spectra["eyes-open"];
frequencies.forEach((hz, i) => {
  if (hz < 6 || hz > 14) return;
  const [open, closed] = [spectra["eyes-open"].power[i], spectra["eyes-closed"].power[i]];
  console.log(
    `${hz.toFixed(1).padStart(5)}  ${open.toFixed(2).padStart(9)}  ${closed.toFixed(2).padStart(11)}`,
  );
});

if (process.argv[2]) {
  const schedule = [
    { state: "eyes-open", seconds: 20 },
    { state: "eyes-closed", seconds: 20 },
  ];
  await writeEdfFile(
    process.argv[2],
    synthetic({ seed: 3, sfreq: rate, electrodes: ["O1", "Oz", "O2"], schedule }),
  );
  console.log(`wrote ${process.argv[2]}`);
}
