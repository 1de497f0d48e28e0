// A live stream that pushes: what arrives is decoded at once, and a label is there microseconds later.
// Here a simulated person stands in for the amplifier, sixteen times as fast as she would be.
//   node examples/live-decoder.js
import { decoder, loadModel, replay, sfreq, synthetic } from "brainwire";
import { distinctUntilChanged, filter, from, share } from "rxjs";

const electrodes = "Fp1 Fp2 F3 Fz F4 C3 Cz C4 P3 Pz P4 PO7 PO8 O1 Oz O2".split(" ");
const person = synthetic({
  seed: 7,
  sfreq: sfreq(250),
  electrodes,
  schedule: [
    { state: "eyes-open", seconds: 16 },
    { state: "eyes-closed", seconds: 16 },
    { state: "eyes-open", seconds: 16 },
  ],
});
const live$ = from(replay(person, { speed: 16 })).pipe(share());

live$
  .pipe(
    decoder(await loadModel("eyes")),
    filter((item) => item.kind === "decision" && !item.abstained),
    distinctUntilChanged((before, now) => before.label === now.label),
  )
  .subscribe(({ time, label, probability }) =>
    console.log(`${time.toFixed(1)} s  ${label}  ${probability.toFixed(2)}`),
  );
