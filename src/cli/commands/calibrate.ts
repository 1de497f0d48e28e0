import { basename } from "node:path";
import { Command } from "commander";
import { calibrate } from "../../decode/calibrate.ts";
import { calibrateChannels } from "../../decode/calibrate-channels.ts";
import { calibrateWindows } from "../../decode/calibrate-windows.ts";
import { formatCalibration } from "../../decode/calibration.ts";
import { openFile } from "../../formats/open.node.ts";
import { loadModel } from "../../model/load.node.ts";
import type { Model } from "../../model/model.ts";
import { isWindowModel } from "../../model/window-model.ts";
import { positiveNumber } from "../option-values.ts";
import { createOutputFile } from "../output-file.ts";
import { createTerminal } from "../terminal.ts";

interface CalibrateFileOptions {
  readonly state: string;
  readonly out: string;
  readonly seconds?: number;
  readonly allowFiltered?: boolean;
}

export function calibrateCommand(): Command {
  return new Command("calibrate")
    .description("fit a model to a person by a recording of one state, without labels")
    .argument("<model>", "a shipped model or a model's folder")
    .argument("<recording>", "of the person: annotations of the state, or the state from end to end")
    .requiredOption("--state <text>", "what the person did, as the model's manifest names it: eyes-open")
    .requiredOption("--out <file>", "where the calibration is written")
    .option("--seconds <s>", "use no more than the first so many seconds of the state", positiveNumber)
    .option("--allow-filtered", "take a recording that was already filtered otherwise than the model expects")
    .addHelpText(
      "after",
      `
Where annotations of the recording bear the state's name, only their time is used, else the whole recording.

Examples:
  brainwire calibrate my-model rest.edf --state eyes-open --seconds 30 --out me.json
  brainwire decode today.edf --model my-model --calibration me.json
  brainwire evaluate my-model labelled.edf --calibration me.json`,
    )
    .action(async (name: string, path: string, options: CalibrateFileOptions) => {
      const { state, out, seconds, allowFiltered = false } = options;
      const model = await loadModel(name);
      const recording = await openFile(path);
      try {
        const spans = (await recording.summary()).annotations.flatMap(
          ({ text, onsetSeconds, durationSeconds }) =>
            text === state && durationSeconds !== null
              ? [{ from: onsetSeconds, to: onsetSeconds + durationSeconds }]
              : [],
        );
        const how = {
          state,
          name: basename(path),
          allowFiltered,
          ...(spans.length > 0 ? { spans } : {}),
          ...(seconds === undefined ? {} : { seconds }),
        };
        const items = recording.items();
        const calibration = isWindowModel(model)
          ? await calibrateWindows(items, model, how)
          : isAligned(model)
            ? await calibrateChannels(items, model, how)
            : await calibrate(items, model, how);
        const file = createOutputFile(out);
        try {
          file.append(formatCalibration(calibration));
          file.commit();
        } finally {
          file.discard();
        }
        const { recording: heard } = calibration;
        const much = "patches" in heard ? `${heard.patches} patches` : `${heard.seconds.toFixed(1)} s`;
        const where = spans.length > 0 ? `${spans.length} annotations of ${state}` : "the whole recording";
        createTerminal(false).say(`${out}: ${model.manifest.name} calibrated on ${much} of ${where}`);
      } finally {
        await recording.close();
      }
    });
}

/** Whether a model is fitted to a person by how her channels vary together. */
function isAligned({ manifest: { calibration } }: Model): boolean {
  return calibration !== "none" && calibration.way === "align-channels";
}
