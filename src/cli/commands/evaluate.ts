import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Command } from "commander";
import type { Calibration } from "../../decode/calibration.ts";
import { EegError } from "../../eeg/errors.ts";
import { loadModel, modelFolder } from "../../model/load.node.ts";
import { evaluateFiles } from "../../train/evaluate.node.ts";
import { actingOptions, addActingOptions, type ActingValues } from "../acting-options.ts";
import { readCalibration } from "../calibration-file.ts";
import { besides, metricLines } from "../metric-text.ts";
import { list, positiveNumber, seconds } from "../option-values.ts";
import { bar, createTerminal } from "../terminal.ts";
import { addTruthOptions, truthOf, type TruthValues } from "../truth-options.ts";

interface EvaluateOptions extends ActingValues, TruthValues {
  readonly everySeconds: number;
  readonly afterEventSeconds?: number;
  readonly channels?: readonly string[];
  readonly subject?: string;
  readonly calibration?: string;
  readonly json?: boolean;
}

export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .description("measure a model on recordings whose truth is known, the baseline beside it")
    .argument("<model>", "a shipped model or a model's folder")
    .argument("<file...>", "recordings; whatever names the subject (S001, sub-01) groups them");
  addTruthOptions(command)
    .option("--every-seconds <s>", "which decisions count: every so often", positiveNumber, 4)
    .option("--after-event-seconds <s>", "or one for each labelled event, so long after its onset", seconds)
    .option("--channels <names>", "only these of every recording, such as a headset has: O1,O2,Pz", list)
    .option("--subject <pattern>", "regular expression whose first group names the subject in a path");
  return addActingOptions(command)
    .option(
      "--calibration <file|folder>",
      "measure with and without: a person's calibration, or a folder with SUBJECT.json for each",
    )
    .option("--json", "one JSON object with every subject's figures")
    .addHelpText(
      "after",
      `
Examples:
  brainwire evaluate eyes recordings/demo.edf
  brainwire evaluate eyes S071R01.edf S071R02.edf --labels 'R01=eyes-open,R02=eyes-closed'
  brainwire evaluate my-model sub-01_eeg.edf --truth sub-01_events.tsv --json
  brainwire evaluate fists S071R04.edf --texts 'T1=left-fist,T2=right-fist,T0=rest' --after-event-seconds 4 --gate rest-or-move
  brainwire evaluate eyes recordings/demo.edf --smooth 1 --dwell 0.5
  brainwire evaluate eyes recordings/demo.edf --channels Fp1,Fp2,C3,C4,P7,P8,O1,O2

False activations are labels that come up while another class is there (of a model with a class rest or idle: labels
other than it). Time to the first right label counts from where an annotated class begins. Where texts mean rest beside
the labels of a model that knows no rest, labels that come up there are false, and the share of rest with one is given.`,
    )
    .action(async (name: string, files: string[], options: EvaluateOptions) => {
      const terminal = createTerminal(false);
      const { afterEventSeconds, everySeconds, subject, calibration } = options;
      const model = await loadModel(name);
      const calibrations = calibration === undefined ? null : createCalibrations(calibration);
      const measured = await evaluateFiles({
        model,
        folder: await modelFolder(name),
        files,
        truth: truthOf(options, model.manifest.labels, files.length),
        judge: afterEventSeconds === undefined ? { everySeconds } : { afterEventSeconds },
        ...(calibrations ? { calibration: calibrations.of } : {}),
        acting: await actingOptions(options),
        ...(subject === undefined ? {} : { subject }),
        ...(options.channels === undefined ? {} : { channels: options.channels }),
        onFile: ({ files: done, of }) => terminal.redraw(`${bar(done / of)}  ${done} of ${of} recordings`),
      });
      terminal.clear();
      const { model: metrics, actions, calibrated, baseline } = measured;
      const columns = [
        { name: calibrated ? "plain" : "model", metrics, actions },
        ...(calibrated
          ? [{ name: "calibrated", metrics: calibrated.model, actions: calibrated.actions }]
          : []),
        ...besides(baseline),
      ];
      process.stdout.write(
        options.json ? JSON.stringify(measured) + "\n" : metricLines(columns).join("\n") + "\n",
      );
      if (!calibrated || !calibrations) return;
      if (!options.json)
        process.stdout.write(
          `Calibration helped ${calibrated.helped} and hurt ${calibrated.hurt} of ${metrics.subjects.length} subjects.\n`,
        );
      const own = files.filter((file) => calibrations.madeOf.has(basename(file)));
      if (own.length > 0)
        terminal.say(
          `warning: ${own.length} of ${files.length} recordings are among those that calibrations were made of (${basename(own[0]!)}): the calibrated figures are too good`,
        );
    });
}

interface Calibrations {
  readonly of: (subject: string) => Promise<Calibration>;
  /** Names of the recordings that those that were asked for were made of. */
  readonly madeOf: ReadonlySet<string>;
}

/** Of a subject: the one file for all, or the subject's in a folder. */
function createCalibrations(path: string): Calibrations {
  const madeOf = new Set<string>();
  async function of(subject: string): Promise<Calibration> {
    const found = await stat(path).catch(() => null);
    const file = found?.isDirectory() ? join(path, `${subject}.json`) : path;
    if (file !== path && !(await stat(file).catch(() => null)))
      throw new EegError(
        "FILE_UNREADABLE",
        `--calibration: the folder ${path} has no ${subject}.json; it must hold a calibration of every subject`,
      );
    const calibration = await readCalibration(file);
    for (const name of calibration.recording.name.split(", ")) madeOf.add(name);
    return calibration;
  }
  return { of, madeOf };
}
