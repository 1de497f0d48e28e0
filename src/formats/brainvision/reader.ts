import { EegError } from "../../eeg/errors.ts";
import type { StreamInfo } from "../../eeg/stream-info.ts";
import type { ByteSource } from "../byte-source.ts";
import { describeChannels } from "../../eeg/channels.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { recordedFilters } from "../filters.ts";
import { formatLocalTime } from "../local-time.ts";
import type { RecordingFile } from "../recording.ts";
import { placeOf, runItems, type PlacedMarker } from "../runs.ts";
import { isNewSegment, markerText, parseMarkers, type BrainVisionMarker } from "./annotations.ts";
import { fileName, findDataFile, findMarkerFile, type Surroundings } from "./files.ts";
import { parseHeader, type BrainVisionHeader } from "./header.ts";
import { openSamples } from "./stored.ts";
import { createSummary } from "./summary.ts";
import { createStretchReader, stretchBytes } from "../stretch.ts";
import { createTimeline, type SegmentStart, type Timeline } from "../segments.ts";

/** Headers and marker lists are held in memory as text; what is larger is none. */
const largestText = 1 << 26;

/**
 * Opens a BrainVision recording by its header file. Reads header and markers; the data are read as the items are
 * asked for, a block at a time and one ahead (data that are text are looked through once before).
 * @param source the header file (`.vhdr`, `.ahdr`); its `sibling` finds the data and markers that it names
 * @throws EegError BRAINVISION_HEADER, BRAINVISION_DATA
 */
export async function openBrainVision(source: ByteSource): Promise<RecordingFile> {
  const diagnostics = createDiagnostics();
  const around = { source, diagnostics };
  const header = parseHeader(await readText(source), source.name);
  const data = await findDataFile(header, around);
  try {
    const markers = await readMarkers(header, around);
    const described = describeChannels(header.channels, diagnostics);
    const channels = described.map(({ channel }) => channel);
    const labels = channels.map(({ label }) => label);
    const gains = described.map(({ scale }, i) => header.channels[i]!.resolution * scale);
    const samples = await openSamples(data, { header, gains, diagnostics });
    const { nSamples } = samples;
    const { sfreq } = header;
    const timeline = createTimeline(
      segmentStarts(markers, header, nSamples),
      { nSamples, sfreq, format: "BRAINVISION" },
      diagnostics,
    );
    const placed = placeMarkers(markers, timeline, labels);
    const eeg = header.channels.filter((_, i) => channels[i]!.type === "eeg");
    const info = (segment: number): StreamInfo => ({
      name: fileName(source.name),
      sourceId: source.name,
      segment,
      channels,
      sfreq,
      t0: timeline.times[segment] ? formatLocalTime(timeline.times[segment]) : null,
      filters: recordedFilters((eeg.length > 0 ? eeg : header.channels).map(({ filters }) => filters)),
      delaySamples: 0,
      settleSamples: 0,
    });
    const stretches = createStretchReader(async () => ({
      runs: timeline.runs,
      nChannels: channels.length,
      open: () => samples.open(stretchBytes),
    }));
    return {
      streams: [info(0)],
      defaultStream: 0,
      diagnostics: diagnostics.list,
      summary: async () =>
        createSummary({ header, labels, nSamples, timeline, markers: placed, diagnostics }),
      items({ stream = 0 } = {}) {
        onlyStream(stream);
        return runItems({ runs: timeline.runs, info, markers: placed, samples: samples.open() });
      },
      async readStretch(options) {
        onlyStream(options.stream ?? 0);
        return stretches(options);
      },
      async close() {
        await data.close();
        await source.close();
      },
    };
  } catch (error) {
    await data.close();
    throw error;
  }
}

function onlyStream(stream: number): void {
  if (stream !== 0) throw new RangeError(`stream: expected 0, got ${stream}`);
}

async function readText(source: ByteSource): Promise<Uint8Array> {
  if (source.size > largestText)
    throw new EegError(
      "BRAINVISION_HEADER",
      `${source.name}: expected a header or marker file of some kilobytes, got ${source.size} bytes`,
    );
  return source.read(0, source.size);
}

async function readMarkers(
  header: BrainVisionHeader,
  around: Surroundings,
): Promise<readonly BrainVisionMarker[]> {
  const file = await findMarkerFile(header, around);
  if (!file) return [];
  try {
    const { markers, faults } = parseMarkers(await readText(file));
    for (const { message, line } of faults)
      around.diagnostics.add({
        code: "BRAINVISION_MARKERS",
        message: `${fileName(file.name)}, line ${line}: ${message}; left out`,
        place: { file: fileName(file.name), line },
      });
    return markers;
  } finally {
    await file.close();
  }
}

/** Where `New Segment` markers stand; and, in a file of equal segments strung together, where they must. */
function segmentStarts(
  markers: readonly BrainVisionMarker[],
  { segmentPoints }: BrainVisionHeader,
  nSamples: number,
): SegmentStart[] {
  const starts = new Map<number, SegmentStart>();
  for (const { type, sample, time } of markers)
    if (isNewSegment(type)) starts.set(sample, { sample, time: time ?? starts.get(sample)?.time ?? null });
  if (segmentPoints !== null)
    for (let sample = segmentPoints; sample < nSamples; sample += segmentPoints)
      if (!starts.has(sample)) starts.set(sample, { sample, time: null });
  return [...starts.values()].sort((a, b) => a.sample - b.sample);
}

function placeMarkers(
  markers: readonly BrainVisionMarker[],
  { runs }: Timeline,
  labels: readonly string[],
): readonly PlacedMarker[] {
  return markers.map((marker) => {
    const { segment, onset } = placeOf(runs, marker.sample);
    const channel = labels[marker.channel - 1];
    return {
      kind: "marker",
      segment,
      onset,
      duration: marker.nSamples,
      text: markerText(marker),
      ...(channel === undefined ? {} : { channel }),
    };
  });
}
