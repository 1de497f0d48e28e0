// Runs an engine as built, in a process of its own: node run-hops.js MODEL STEPS.json ENGINE DEVICE BATCH
// prints {engine, device, logits, warnings} as JSON, or {unavailable} where this machine has no such engine or device.
// STEPS: a list of {open: stream}, {close: stream} or {hops: [{stream, patch, token}]}.
import { readFileSync } from "node:fs";
import { createNodeEngine, loadModel } from "../../../dist/index.node.js";

const [folder, file, engineName, device, batch] = process.argv.slice(2);
const steps = JSON.parse(readFileSync(file, "utf8"));
const model = await loadModel(folder);
const warnings = [];
const warn = ({ message }) => warnings.push(message);
let engine;
try {
  engine = await createNodeEngine(model, { engine: engineName, device, batch: Number(batch), warn });
} catch (error) {
  if (error.code !== "ENGINE_UNAVAILABLE") throw error;
  process.stdout.write(JSON.stringify({ unavailable: error.message }));
  process.exit(0);
}
const slots = new Map();
const logits = [];
for (const { open, close, hops } of steps) {
  if (open !== undefined) slots.set(open, engine.open());
  else if (close !== undefined) engine.close(slots.get(close));
  else {
    const own = hops.map(({ stream, patch, token }) => ({
      slot: slots.get(stream),
      patch,
      token: Float32Array.from(token),
    }));
    logits.push(Array.from(await engine.step(own)));
  }
}
process.stdout.write(JSON.stringify({ engine: engine.name, device: engine.device, logits, warnings }));
await engine.release();
