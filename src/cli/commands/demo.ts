import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { decodeFile } from "../decode-file.ts";

/** Where the package keeps the recording that it ships. */
const recording = fileURLToPath(new URL("../../../recordings/demo.edf", import.meta.url));

export function demoCommand(): Command {
  return new Command("demo")
    .description("decode the recording that comes with brainwire (simulated EEG) with the model eyes")
    .addHelpText("after", "\nExample:\n  brainwire demo")
    .action(async () => {
      process.stderr.write(
        "brainwire demo: simulated EEG, eyes open and closed in turn (recordings/demo.edf), decoded 30 times as fast as it was 'recorded'.\n" +
          "The model learned from real EEG. Your own recording: brainwire decode my.edf --model eyes\n\n",
      );
      await decodeFile(recording, {
        model: "eyes",
        format: "table",
        speed: 30,
        offsetSeconds: 0,
        engine: "wasm",
        timing: true,
      });
    });
}
