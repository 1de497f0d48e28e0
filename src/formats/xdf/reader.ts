import { EegError } from "../../eeg/errors.ts";
import { hertz } from "../../eeg/sfreq.ts";
import type { StreamInfo } from "../../eeg/stream-info.ts";
import type { ByteSource } from "../byte-source.ts";
import { defaultStream, describeChannels } from "../../eeg/channels.ts";
import { createDiagnostics, type Diagnostics } from "../diagnostics.ts";
import { decodeText } from "../edf/fields.ts";
import { dayNumber, formatLocalTime, movedTime, type LocalTime } from "../local-time.ts";
import type { RecordingFile } from "../recording.ts";
import { runItems, type PlacedMarker, type SampleReader } from "../runs.ts";
import { createStretchReader } from "../stretch.ts";
import { createClock, synchronised } from "../../eeg/clock-offsets.ts";
import type { LaidStream, SharedMarker } from "./laid-stream.ts";
import { createSampleReader } from "./pieces.ts";
import { scanXdf, type ScannedStream } from "./scan.ts";
import { createSummary } from "./summary.ts";
import { createPlaces, createTimeline, type XdfTimeline } from "./timeline.ts";

/** Whether a file begins as an XDF file does. */
export function isXdf(head: Uint8Array): boolean {
  return decodeText(head.subarray(0, 4)) === "XDF:";
}

/**
 * Opens an XDF file. Reads it once through, to find where the samples lie and when they were; the samples
 * themselves are read as the items are asked for.
 *
 * Every stream of numbers with a rate is a stream of the recording. Streams of text, and those without a rate,
 * are markers on all of them. All clocks are brought to the recorder's by the offsets that it measured.
 * @throws EegError XDF_CHUNK if there is no stream in it
 */
export async function openXdf(source: ByteSource): Promise<RecordingFile> {
  const diagnostics = createDiagnostics();
  const index = await scanXdf(source, diagnostics);
  if (index.streams.length === 0)
    throw new EegError(
      "XDF_CHUNK",
      `${source.name}: no stream in it can be read${diagnostics.list.length > 0 ? `: ${diagnostics.list[0]!.message}` : ""}`,
    );
  const markers = sharedMarkers(index.streams, diagnostics);
  const start = parseDatetime(index.datetime);
  const regular = index.streams.filter(({ header }) => header.format !== "string" && header.sfreq);
  const timelines = regular.map((stream) => layOut(stream, diagnostics));
  const times = timelines
    .flatMap(({ runs }) => runs.map(({ time }) => time))
    .filter((time) => !Number.isNaN(time));
  const origin = times.length > 0 ? Math.min(...times) : (markers[0]?.time ?? 0);
  const streams = regular.map((scanned, i): LaidStream => {
    const { header } = scanned;
    const described = describeChannels(header.signals, diagnostics);
    const timeline = timelines[i]!;
    const info = (segment: number): StreamInfo => {
      const time = timeline.times[segment]!;
      return {
        name: header.name,
        ...(header.type === "" ? {} : { type: header.type }),
        sourceId: header.sourceId === "" ? source.name : header.sourceId,
        segment,
        channels: described.map(({ channel }) => channel),
        sfreq: header.sfreq!,
        t0: start && !Number.isNaN(time) ? formatLocalTime(movedTime(start, time - origin)) : null,
        filters: [],
        delaySamples: 0,
        settleSamples: 0,
      };
    };
    return { scanned, timeline, info, gains: described.map(({ scale }) => scale) };
  });
  const usual = defaultStream(streams.map(({ info }) => info(0)));
  const chosen = (index = usual): LaidStream => {
    const stream = streams[index];
    if (stream) return stream;
    if (streams.length > 0) throw new RangeError(`stream: expected 0 to ${streams.length - 1}, got ${index}`);
    throw new EegError(
      "CHANNEL_MISSING",
      `${source.name}: it holds no stream of numbers with a sampling rate`,
    );
  };
  const open = ({ scanned, gains }: LaidStream): SampleReader => createSampleReader(source, scanned, gains);
  const stretches = streams.map((stream) =>
    createStretchReader(async () => ({
      runs: stream.timeline.runs,
      nChannels: stream.gains.length,
      open: () => open(stream),
    })),
  );
  return {
    streams: streams.map(({ info }) => info(0)),
    defaultStream: usual,
    diagnostics: diagnostics.list,
    summary: async () => createSummary({ streams, usual, markers, origin, start, diagnostics }),
    items(options) {
      const stream = chosen(options?.stream);
      const { timeline, info } = stream;
      return runItems({
        runs: timeline.runs,
        info,
        markers: placeMarkers(markers, stream),
        samples: open(stream),
      });
    },
    async readStretch(options) {
      return stretches[streams.indexOf(chosen(options.stream))]!(options);
    },
    close: () => source.close(),
  };
}

function layOut(stream: ScannedStream, diagnostics: Diagnostics): XdfTimeline {
  const { header, stretches, offsets, nSamples } = stream;
  const clock = createClock(offsets);
  const name = header.name;
  if (clock.resets > 0)
    diagnostics.add({
      code: "XDF_CLOCK_RESET",
      message: `the clock of stream '${name}' was set anew ${clock.resets === 1 ? "once" : `${clock.resets} times`} while it was recorded; each part was synchronised by its own offsets`,
      place: { stream: name },
    });
  if (!header.labelled && nSamples > 0)
    diagnostics.add({
      code: "CHANNEL_LABEL",
      message: `stream '${name}' does not name its channels; called '${header.signals[0]!.label}'${header.nChannels > 1 ? ` to '${header.signals.at(-1)!.label}'` : ""}`,
      place: { stream: name },
    });
  checkRate(stream, diagnostics);
  return createTimeline(stretches, { name, sfreq: header.sfreq!, clock, diagnostics });
}

/** Rates that differ by more than this are no drift of a clock. */
const largestDifference = 0.005;

function checkRate({ header, stretches }: ScannedStream, diagnostics: Diagnostics): void {
  const longest = stretches.reduce<(typeof stretches)[number] | null>(
    (best, stretch) => (best && best.nSamples >= stretch.nSamples ? best : stretch),
    null,
  );
  const declared = hertz(header.sfreq!);
  if (!longest || longest.nSamples < declared) return;
  const measured = 1 / longest.period;
  if (Math.abs(measured / declared - 1) > largestDifference)
    diagnostics.add({
      code: "XDF_RATE",
      message: `stream '${header.name}' declares ${declared} Hz, but by its time stamps it has ${Number(measured.toPrecision(4))} Hz; the declared rate was taken`,
      place: { stream: header.name },
    });
}

function sharedMarkers(streams: readonly ScannedStream[], diagnostics: Diagnostics): readonly SharedMarker[] {
  const markers: SharedMarker[] = [];
  for (const { header, events, offsets } of streams) {
    const clock = createClock(offsets);
    for (const { time, text, byte } of events)
      markers.push({ time: synchronised(time, clock.lineAt(time, byte)), text });
    if (events.length > 0 && header.format !== "string")
      diagnostics.add({
        code: "XDF_IRREGULAR",
        message: `stream '${header.name}' has no sampling rate; its ${events.length} samples were read as markers`,
        place: { stream: header.name },
      });
  }
  return markers.sort((a, b) => a.time - b.time);
}

function placeMarkers(markers: readonly SharedMarker[], { timeline, scanned }: LaidStream): PlacedMarker[] {
  const placeOf = createPlaces(timeline, scanned.header.sfreq!);
  return markers
    .map(({ time, text }): PlacedMarker => ({ kind: "marker", ...placeOf(time), duration: 0, text }))
    .sort((a, b) => a.segment - b.segment || a.onset - b.onset);
}

/** The local time of an ISO 8601 time, whatever its zone: recordings are local. */
function parseDatetime(text: string): LocalTime | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?/.exec(text);
  if (!parts) return null;
  const [year, month, date, hours, minutes, seconds, fraction] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const day = dayNumber(year!, month!, date!);
  if (day === null || hours! > 23 || minutes! > 59 || seconds! > 59) return null;
  return { day, seconds: hours! * 3600 + minutes! * 60 + seconds! + fraction! };
}
