import { Command } from "commander";
import { normaliseLabel } from "../../eeg/electrodes.ts";
import { EegError } from "../../eeg/errors.ts";
import { fromHertz, sampleAt, type Sfreq } from "../../eeg/sfreq.ts";
import { chain, through, type StageFactory } from "../../eeg/stage.ts";
import type { StreamInfo } from "../../eeg/stream-info.ts";
import type { Recording, RecordingSummary } from "../../formats/recording.ts";
import { bandpassStage, notchStage } from "../../signal/filters.ts";
import { pickStage } from "../../signal/pick.ts";
import { rechunkStage } from "../../signal/rechunk.ts";
import { averageReferenceStage, referenceStage } from "../../signal/reference.ts";
import { resampleStage } from "../../signal/resample.ts";
import { createArrayFile, type ArrayFile } from "../array-file.ts";
import { band, list, positiveInteger, positiveNumber } from "../option-values.ts";
import { createOutputFile, type OutputFile } from "../output-file.ts";
import { addStreamOption, openStream, type StreamValue } from "../stream-option.ts";
import { bar, createTerminal } from "../terminal.ts";

interface SignalOptions extends StreamValue {
  readonly out: string;
  readonly channels?: readonly string[];
  readonly band?: { readonly lowHz: number; readonly highHz: number };
  readonly order: number;
  readonly notch?: number;
  readonly reference?: string;
  readonly resample?: number;
  readonly chunkSeconds?: number;
}

export function signalCommand(): Command {
  const command = new Command("signal")
    .description(
      "write the processed signal in µV as a NumPy array, float32 [channels, samples], NaN in gaps",
    )
    .argument("<file>", "recording")
    .requiredOption("--out <x.npy>", "where to write")
    .option("--channels <a,b>", "only these, in this order (default: those of the rate that most have)", list)
    .option(
      "--resample <hz>",
      "resample first, with the polyphase filter of SciPy's resample_poly",
      positiveNumber,
    )
    .option("--band <low-high>", "causal Butterworth band-pass, Hz", band)
    .option("--order <n>", "order of the band-pass", positiveInteger, 4)
    .option("--notch <hz>", "causal notch with Q 30", positiveNumber)
    .option("--reference <average|a,b>", "subtract the average of the EEG channels, or of those named")
    .option(
      "--chunk-seconds <s>",
      "work in pieces of this length; the result is the same, bit for bit",
      positiveNumber,
    );
  return addStreamOption(command)
    .addHelpText(
      "after",
      `
The order is: resample, band-pass, notch, reference, and channels picked last.

Examples:
  brainwire signal recordings/demo.edf --out demo.npy --band 1-40 --reference average
  brainwire signal my.edf --out occipital.npy --channels O1,O2 --band 8-13 --order 2`,
    )
    .action(async (file: string, options: SignalOptions) => {
      const recording = await openStream(file, options);
      const output = createOutputFile(options.out);
      try {
        await writeSignal({ recording, file, output, options });
        output.commit();
      } finally {
        output.discard();
        await recording.close();
      }
    });
}

interface SignalTask {
  readonly recording: Recording;
  readonly file: string;
  readonly output: OutputFile;
  readonly options: SignalOptions;
}

/** How many samples the array has: all of the recording, gaps included, at the rate that comes out. */
function lengthOf(summary: RecordingSummary, input: Sfreq, output: Sfreq): number {
  const nSamples = sampleAt(summary.durationSeconds, input);
  return Math.ceil((nSamples * (output.num * input.den)) / (output.den * input.num));
}

async function writeSignal({ recording, file, output, options }: SignalTask): Promise<void> {
  const stream = streamWith(recording, file, options);
  const input = recording.streams[stream]!.sfreq;
  const summary = await recording.summary();
  const terminal = createTerminal(false);
  let array: ArrayFile | undefined;
  let nSamples = 0;
  let nChannels = 0;
  for await (const item of through(recording.items({ stream }), chain(...stages(options)))) {
    if (item.kind === "info") {
      if (array)
        throw new EegError(
          "STREAM_ORDER",
          `${file}: time runs backward in this recording, which one array cannot hold; brainwire info shows where`,
        );
      nChannels = item.stream.channels.length;
      nSamples = lengthOf(summary, input, item.stream.sfreq);
      array = createArrayFile(output, nChannels, nSamples);
    } else if (item.kind === "samples") {
      array!.push(item);
      terminal.redraw(`${bar((item.start + item.nSamples) / nSamples)}  ${file}`);
    }
  }
  array?.end();
  terminal.clear();
  terminal.say(`${options.out}: ${nChannels} channels x ${nSamples} samples, float32`);
}

/** The stream that holds the channels asked for, or the default one. */
function streamWith(
  recording: Recording,
  file: string,
  { channels: labels, stream: named }: SignalOptions,
): number {
  if (!labels || named !== undefined) return recording.defaultStream;
  const known = (stream: StreamInfo): string[] => stream.channels.map(({ label }) => normaliseLabel(label));
  const missing = (stream: StreamInfo): string[] =>
    labels.filter((label) => !known(stream).includes(normaliseLabel(label)));
  const index = recording.streams.findIndex((stream) => missing(stream).length === 0);
  if (index >= 0) return index;
  const everywhere = labels.filter((label) =>
    recording.streams.every((stream) => missing(stream).includes(label)),
  );
  if (everywhere.length === 0)
    throw new EegError(
      "CHANNEL_MISSING",
      `${file}: ${labels.join(", ")} have different sampling rates; write them to one array for each rate`,
    );
  throw new EegError(
    "CHANNEL_MISSING",
    `${file}: no channel ${everywhere.join(", ")}; it has ${recording.streams.flatMap((stream) => stream.channels.map(({ label }) => label)).join(" ")}`,
  );
}

function stages({
  resample,
  band: edges,
  order,
  notch,
  reference,
  channels,
  chunkSeconds,
}: SignalOptions): StageFactory[] {
  const out: StageFactory[] = [];
  if (chunkSeconds !== undefined)
    out.push((input) => rechunkStage(Math.max(1, sampleAt(chunkSeconds, input.sfreq)))(input));
  if (resample !== undefined) out.push(resampleStage({ sfreq: fromHertz(resample) }));
  if (edges) out.push(bandpassStage({ ...edges, order }));
  if (notch !== undefined) out.push(notchStage({ frequencyHz: notch, q: 30 }));
  if (reference === "average") out.push(averageReferenceStage());
  else if (reference !== undefined) out.push(referenceStage(list(reference)));
  if (channels) out.push(pickStage(channels));
  return out;
}
