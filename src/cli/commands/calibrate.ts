import { basename } from "node:path";
import { Command } from "commander";
import { calibrate } from "../../decode/calibrate.ts";
import { calibrateChannels } from "../../decode/calibrate-channels.ts";
import { calibrateHead, type LabelledRecording } from "../../decode/calibrate-head.ts";
import { calibrateWindows } from "../../decode/calibrate-windows.ts";
import { formatCalibration, type Calibration } from "../../decode/calibration.ts";
import { EegError } from "../../eeg/errors.ts";
import { openFile } from "../../formats/open.node.ts";
import { modelHz } from "../../model/encoder.ts";
import { loadEncoder, loadModel } from "../../model/load.node.ts";
import type { Model } from "../../model/model.ts";
import { isWindowModel } from "../../model/window-model.ts";
import { recordingEvents, unmeaning } from "../../train/recording-events.node.ts";
import { readCalibration } from "../calibration-file.ts";
import { positiveNumber } from "../option-values.ts";
import { createOutputFile } from "../output-file.ts";
import { createTerminal } from "../terminal.ts";
import { addTruthOptions, truthOf, type TruthValues } from "../truth-options.ts";

interface CalibrateFileOptions extends TruthValues {
  readonly state?: string;
  readonly head?: boolean;
  readonly calibration?: string;
  readonly out: string;
  readonly seconds?: number;
  readonly allowFiltered?: boolean;
}

/** A calibration, and what it was made of, for people. */
interface Made {
  readonly calibration: Calibration;
  readonly of: string;
}

export function calibrateCommand(): Command {
  const command = new Command("calibrate")
    .description("fit a model to a person: by a recording of one state, or its head by labelled recordings")
    .argument("<model>", "a shipped model or a model's folder")
    .argument("<recordings...>", "of the person: one of the state; with --head any number with labels")
    .option("--state <text>", "what the person did, as the model's manifest names it: eyes-open")
    .option("--head", "fit the model's last layer to recordings whose labels are known")
    .option("--calibration <file>", "with --head: go on from the person's calibration by a state")
    .requiredOption("--out <file>", "where the calibration is written")
    .option("--seconds <s>", "use no more than the first so many seconds of the state", positiveNumber)
    .option(
      "--allow-filtered",
      "take a recording that was already filtered otherwise than the model expects",
    );
  return addTruthOptions(command)
    .addHelpText(
      "after",
      `
Where annotations of the recording bear the state's name, only their time is used, else the whole recording. For a
head, annotations must bear the names of the model's labels, or --texts, --truth or --labels say what was there.

Examples:
  brainwire calibrate eyes-calibrated rest.edf --state eyes-open --seconds 30 --out me.json
  brainwire calibrate eyes S071R01.edf S071R02.edf --head --labels 'R01=eyes-open,R02=eyes-closed' --out me.json
  brainwire decode today.edf --model eyes-calibrated --calibration me.json
  brainwire evaluate eyes-calibrated labelled.edf --calibration me.json`,
    )
    .action(async (name: string, paths: string[], options: CalibrateFileOptions) => {
      const { state, head = false, out } = options;
      if (head === (state !== undefined))
        throw new EegError("OPTION_INVALID", "give either --state, or --head and recordings with labels");
      const { calibration, of } = head
        ? await byLabels(name, paths, options)
        : await byState(name, paths, { ...options, state: state! });
      const file = createOutputFile(out);
      try {
        file.append(formatCalibration(calibration));
        file.commit();
      } finally {
        file.discard();
      }
      createTerminal(false).say(`${out}: ${calibration.model.name} calibrated on ${of}`);
    });
}

async function byState(
  name: string,
  [path, ...others]: readonly string[],
  options: CalibrateFileOptions & { readonly state: string },
): Promise<Made> {
  if (path === undefined || others.length > 0)
    throw new EegError("OPTION_INVALID", "a state is calibrated on one recording; several go with --head");
  const { state, seconds, allowFiltered = false } = options;
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
    const { recording: heard } = calibration;
    const much = "patches" in heard ? `${heard.patches} patches` : `${heard.seconds.toFixed(1)} s`;
    const where = spans.length > 0 ? `${spans.length} annotations of ${state}` : "the whole recording";
    return { calibration, of: `${much} of ${where}` };
  } finally {
    await recording.close();
  }
}

async function byLabels(
  name: string,
  paths: readonly string[],
  options: CalibrateFileOptions,
): Promise<Made> {
  const model = await loadEncoder(name);
  const { labels } = model.manifest;
  const truth = truthOf(options, labels, paths.length);
  const base = options.calibration === undefined ? null : await readCalibration(options.calibration);
  if (base && !("centre" in base || "covariance" in base))
    throw new EegError(
      "CALIBRATION_INVALID",
      `${options.calibration}: expected a calibration by a state, which brainwire calibrate --state writes`,
    );
  const opened = await Promise.all(paths.map((path) => openFile(path)));
  try {
    const recordings: LabelledRecording[] = [];
    const texts = new Set<string>();
    for (const [i, recording] of opened.entries()) {
      const events = await recordingEvents(recording, paths[i]!, { truth, labels });
      const spans = events.map(({ label, from, to }) => ({
        label: labels[label]!,
        from: from / modelHz,
        to: to / modelHz,
      }));
      recordings.push({ items: recording.items(), spans });
      for (const { text } of (await recording.summary()).annotations) texts.add(text);
    }
    if (truth.from === "annotations" && recordings.every(({ spans }) => spans.length === 0))
      throw new EegError("TRAINING_DATA", `${paths.join(", ")}: ${unmeaning(texts, labels)}`);
    const calibration = await calibrateHead(recordings, model, {
      name: paths.map((path) => basename(path)).join(", "),
      allowFiltered: options.allowFiltered ?? false,
      ...(base && { base }),
    });
    return { calibration, of: `${calibration.recording.patches} labelled patches` };
  } finally {
    for (const recording of opened) await recording.close();
  }
}

/** Whether a model is fitted to a person by how her channels vary together. */
function isAligned({ manifest: { calibration } }: Model): boolean {
  return calibration !== "none" && calibration.way === "align-channels";
}
