import type { Diagnostic } from "../../eeg/errors.ts";
import type { Channel, StreamInfo } from "../../eeg/stream-info.ts";
import {
  formatHeader,
  formatNumber,
  formatPrefilter,
  formatStart,
  type SignalFields,
  type WrittenFormat,
} from "./format-header.ts";
import { fieldTexts } from "./field-texts.ts";
import { missingCode, missingField, segmentsField } from "./missing.ts";
import { recordLength } from "./record-length.ts";

/** How a channel's numbers become integers; the numbers are the fields' of the header. */
export interface StoredRange {
  readonly unit: string;
  readonly physicalMin: number;
  readonly physicalMax: number;
  readonly digitalMin: number;
  readonly digitalMax: number;
  /** What one of `unit` is in the stream's unit for the channel. */
  readonly scale: number;
}

export interface EdfWriterOptions {
  /** 16 or 24 bits a sample; continuous, or with gaps, missing samples and further segments. @default "EDF+C" */
  readonly format?: WrittenFormat;
  /** EDF+ local patient identification. @default "X X X X" */
  readonly patient?: string;
  /** What follows the start date in EDF+'s local recording identification. @default "X X X" */
  readonly recording?: string;
  /**
   * Lowest and highest number that a channel can hold, in its unit, or how exactly it is to be stored; what lies
   * beyond is clipped, with a diagnostic. `measureStream` finds the ranges of what is at hand.
   * @default -3276.8 to 3276.7 in steps of 0.1 in EDF, -262144 to 262143 in BDF
   */
  readonly range?: (channel: Channel, index: number) => readonly [min: number, max: number] | StoredRange;
  /** Room for annotations in each data record, in bytes. @default 120; 240 in EDF+D and BDF+D */
  readonly annotationBytes?: number;
  /** How many samples will come, where that is known: records are made so that the last is full, if they can. */
  readonly nSamples?: number;
}

/** How a sample is stored: `(sample - offset) / gain`, rounded. */
interface SignalScale {
  readonly label: string;
  readonly gain: number;
  readonly offset: number;
  readonly digitalMin: number;
  readonly digitalMax: number;
}

/** What a file is like, before there is anything in it. */
export interface FileLayout {
  readonly format: WrittenFormat;
  /** EDF+D or BDF+D. */
  readonly discontinuous: boolean;
  readonly bytesPerSample: 2 | 3;
  readonly samplesPerRecord: number;
  readonly annotationBytes: number;
  readonly recordBytes: number;
  /** Of the first record after the header's start time, which is a whole second. */
  readonly fraction: number;
  readonly scales: readonly SignalScale[];
  readonly header: (nRecords: number) => Uint8Array;
  readonly diagnostics: readonly Diagnostic[];
}

/** @throws RangeError if the stream does not fit EDF: a range that is none */
export function layOutFile(stream: StreamInfo, options: EdfWriterOptions): FileLayout {
  const { format = "EDF+C", patient = "X X X X", recording = "X X X" } = options;
  const discontinuous = format.endsWith("D");
  const bytesPerSample = format.startsWith("BDF") ? 3 : 2;
  const missing = discontinuous ? missingCode(bytesPerSample) : null;
  const diagnostics: Diagnostic[] = [];
  const nChannels = stream.channels.length;
  const { samplesPerRecord, recordSeconds } = recordLength(stream.sfreq, {
    sampleBytes: nChannels * bytesPerSample,
    nSamples: options.nSamples,
  });
  const exact = (samplesPerRecord * stream.sfreq.den) / stream.sfreq.num;
  if (recordSeconds !== exact)
    diagnostics.push({
      code: "EDF_RECORD_DURATION",
      message: `the rate ${stream.sfreq.num}/${stream.sfreq.den} Hz is written as ${samplesPerRecord} samples in ${recordSeconds} s; exactly they take ${exact} s`,
    });
  const annotationLength = Math.ceil(
    (options.annotationBytes ?? (discontinuous ? 240 : 120)) / bytesPerSample,
  );
  const start = formatStart(stream.t0);
  const usual: readonly [number, number] = bytesPerSample === 2 ? [-3276.8, 3276.7] : [-262144, 262143];
  const prefilter = formatPrefilter(stream.filters);
  const texts = fieldTexts(stream.channels, diagnostics);
  const stored = stream.channels.map((channel, i) => {
    const range = options.range?.(channel, i) ?? usual;
    if ("unit" in range) return range;
    if (!(range[0] < range[1]))
      throw new RangeError(`range of '${channel.label}': expected min < max, got ${range[0]}, ${range[1]}`);
    const digitalMax = -missingCode(bytesPerSample) - 1;
    const digitalMin = missing === null ? -digitalMax - 1 : missing + headroom;
    const [physicalMin, physicalMax] = range;
    return { unit: texts[i]!.unit, physicalMin, physicalMax, digitalMin, digitalMax, scale: 1 };
  });
  const signals = stored.map(
    ({ unit, physicalMin, physicalMax, digitalMin, digitalMax }, i): SignalFields => {
      return {
        label: texts[i]!.label,
        unit,
        physicalMin: formatNumber(physicalMin),
        physicalMax: formatNumber(physicalMax),
        digitalMin,
        digitalMax,
        prefilter,
        samplesPerRecord,
        reserved: missing === null ? "" : missingField(missing),
      };
    },
  );
  return {
    format,
    discontinuous,
    bytesPerSample,
    samplesPerRecord,
    annotationBytes: annotationLength * bytesPerSample,
    recordBytes: (nChannels * samplesPerRecord + annotationLength) * bytesPerSample,
    fraction: start.fraction,
    diagnostics,
    scales: signals.map(({ physicalMin, physicalMax, digitalMin, digitalMax }, i) => {
      // from the text, not from what was asked for: this is what a reader will reckon with
      const { scale } = stored[i]!;
      const gain = ((Number(physicalMax) - Number(physicalMin)) / (digitalMax - digitalMin)) * scale;
      const offset = Number(physicalMin) * scale - gain * digitalMin;
      const lowest = missing === null ? digitalMin : Math.max(digitalMin, missing + headroom);
      return { label: stream.channels[i]!.label, gain, offset, digitalMin: lowest, digitalMax };
    }),
    header: (nRecords) =>
      formatHeader({
        format,
        patient,
        recording: `Startdate ${start.fullDate} ${recording}`,
        startDate: start.startDate,
        startClock: start.startClock,
        nRecords,
        recordSeconds,
        signals: [
          ...signals,
          {
            label: `${format.slice(0, 3)} Annotations`,
            unit: "",
            physicalMin: "-1",
            physicalMax: "1",
            digitalMin: missingCode(bytesPerSample),
            digitalMax: -missingCode(bytesPerSample) - 1,
            prefilter: "",
            samplesPerRecord: annotationLength,
            reserved: discontinuous ? segmentsField : "",
          },
        ],
      }),
  };
}

/** From the code for missing samples to the lowest that is none: programs that scale it see that it lies beyond. */
const headroom = 1;
