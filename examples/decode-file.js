// Decodes a recording and prints each change of the label.
//   node examples/decode-file.js [my.edf]
import { decode, loadModel, replay } from "brainwire";

const file = process.argv[2] ?? "recordings/demo.edf";
const model = await loadModel("eyes");

let last;
for await (const { time, label, probability, reasons } of decode(replay(file), model, { hopSeconds: 0.5 })) {
  const says = label ?? `nothing (${reasons.join(", ")})`;
  if (says !== last)
    console.log(`${time.toFixed(1)} s  ${says}${label ? `  ${probability.toFixed(2)}` : ""}`);
  last = says;
}
