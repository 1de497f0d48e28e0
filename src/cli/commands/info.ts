import { Command } from "commander";
import { EegError } from "../../eeg/errors.ts";
import { hertz } from "../../eeg/sfreq.ts";
import type { StreamInfo } from "../../eeg/stream-info.ts";
import { examineFile } from "../../formats/examine.node.ts";
import type { ChannelSummary, RecordingFile, RecordingSummary } from "../../formats/recording.ts";
import { judgeQuality } from "../../report/recording-quality.ts";
import { qualityLines } from "../quality-text.ts";
import { addStreamOption, openStream, type StreamValue } from "../stream-option.ts";
import { clock } from "../terminal.ts";

interface InfoOptions extends StreamValue {
  readonly json?: boolean;
  readonly quality?: boolean;
  readonly strict?: boolean;
}

export function infoCommand(): Command {
  const command = new Command("info")
    .description("say what a recording holds: channels, annotations, gaps, and what is wrong with it")
    .argument("<file>", "recording (EDF, BDF, BrainVision, GDF or XDF)")
    .option("--json", "one JSON object instead of text")
    .option("--quality", "look at every sample and say which EEG channels are bad, and why")
    .option(
      "--strict",
      "look at every sample and for personal data too; exit code 1 if anything at all is wrong",
    );
  return addStreamOption(command)
    .addHelpText(
      "after",
      "\nExamples:\n  brainwire info recordings/demo.edf\n  brainwire info my.bdf --json | jq .annotations\n  brainwire info my.edf --strict && echo clean\n  brainwire info my.edf --quality",
    )
    .action(async (file: string, options: InfoOptions) => {
      const recording = await openStream(file, options);
      try {
        const examined = options.strict ? await examineFile(file, recording) : [];
        const read = await recording.summary();
        const summary = {
          ...read,
          ...(options.stream === undefined ? {} : { channels: channelsOf(recording, read) }),
          diagnostics: [...read.diagnostics, ...examined.map(({ code, message }) => ({ code, message }))],
        };
        const quality = options.quality ? await judgeQuality(recording) : null;
        process.stdout.write(
          options.json
            ? JSON.stringify(quality ? { ...summary, quality: quality.verdicts } : summary) + "\n"
            : describe(file, summary, recording.streams) +
                (quality ? qualityLines(quality).join("\n") + "\n" : ""),
        );
        const { length } = summary.diagnostics;
        if (options.strict && length > 0)
          throw new EegError(
            "RECORDING_FAULTS",
            `${file}: ${length === 1 ? "one thing is not as it" : `${length} things are not as they`} should be`,
          );
      } finally {
        await recording.close();
      }
    });
}

/** The channels of the stream that was asked for. */
function channelsOf(
  { streams, defaultStream }: RecordingFile,
  { channels }: RecordingSummary,
): readonly ChannelSummary[] {
  const { channels: wanted, sfreq } = streams[defaultStream]!;
  const labels = new Set(wanted.map(({ label }) => label));
  return channels.filter(
    (channel) => labels.has(channel.label) && Math.abs(channel.sfreq - hertz(sfreq)) < 1e-6 * channel.sfreq,
  );
}

function describe(file: string, summary: RecordingSummary, streams: readonly StreamInfo[]): string {
  const { channels, annotations, gaps, diagnostics } = summary;
  const lines = [
    `${file}: ${summary.format}`,
    `start     ${summary.startTime?.replace("T", " ") ?? "unknown"}${summary.startTime ? " (local time, no zone)" : ""}`,
    `duration  ${clock(summary.durationSeconds)}${summary.nRecords > 0 ? ` (${summary.nRecords} records of ${summary.recordDurationSeconds} s)` : ""}`,
    `channels  ${channels.length}`,
    ...groups(channels).map((group) => `          ${group}`),
    ...(streams.length > 1
      ? [`streams   ${streams.length} (--stream takes a name, a type or a number)`]
      : []),
    ...(streams.length > 1 ? streams.map((stream, i) => `          ${i}: ${describeStream(stream)}`) : []),
    `annotated ${annotations.length === 0 ? "nothing" : ""}`.trimEnd() +
      counts(annotations.map(({ text }) => text)),
  ];
  if (gaps.length > 0) {
    lines.push(`gaps      ${gaps.length}`);
    for (const gap of gaps.slice(0, 10))
      lines.push(`          at ${clock(gap.startSeconds)} for ${gap.durationSeconds} s`);
  }
  if (diagnostics.length > 0) {
    lines.push(`found     ${diagnostics.length} thing${diagnostics.length === 1 ? "" : "s"} to know`);
    for (const { code, message } of diagnostics) lines.push(`          ${code}: ${message}`);
  }
  return lines.join("\n") + "\n";
}

function describeStream({ name, type, channels, sfreq }: StreamInfo): string {
  const kind = type === undefined ? "" : `, ${type}`;
  return `'${name}'${kind}, ${channels.length} channel${channels.length === 1 ? "" : "s"} at ${Number(hertz(sfreq).toFixed(6))} Hz`;
}

/** Channels that are alike but for their label, on one line. */
function groups(channels: readonly ChannelSummary[]): string[] {
  const byKind = new Map<string, ChannelSummary[]>();
  for (const channel of channels) {
    const kind = `${Number(channel.sfreq.toFixed(6))} Hz, ${channel.unit === "" ? "no unit" : channel.unit}`;
    byKind.set(kind, [...(byKind.get(kind) ?? []), channel]);
  }
  return [...byKind].map(([kind, members]) => {
    const labels = members.map(({ label }) => label);
    const shown = labels.length > 12 ? [...labels.slice(0, 10), "...", labels.at(-1)!] : labels;
    return `${members.length} at ${kind}: ${shown.join(" ")}`;
  });
}

function counts(texts: readonly string[]): string {
  const count = new Map<string, number>();
  for (const text of texts) count.set(text, (count.get(text) ?? 0) + 1);
  const shown = [...count].slice(0, 12).map(([text, n]) => (n === 1 ? `'${text}'` : `${n} x '${text}'`));
  if (count.size > 12) shown.push(`and ${count.size - 12} more texts`);
  return shown.length > 0 ? ` ${shown.join(", ")}` : "";
}
