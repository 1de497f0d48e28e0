import type { Samples } from "../eeg/item.ts";
import { openFile } from "../formats/open.node.ts";
import type { Recording } from "../formats/recording.ts";
import type { CapturedSegment } from "./open-capture.ts";

/** How the signal that was written for people differs from the samples as they came. */
export interface SignalComparison {
  /** Samples that both have. */
  readonly samples: number;
  /** Largest distance, in steps of the file's integers. */
  readonly steps: number;
  /** Samples at the end that the file lacks. */
  readonly lacking: number;
  /** Where they differ by more than a step, in words; null if nowhere. */
  readonly fault: string | null;
}

/** A file of a segment's signal against the segment's exact samples. */
export async function compareSignal(segment: CapturedSegment, path: string): Promise<SignalComparison> {
  const recording = await openFile(path);
  try {
    return await compare(segment, recording);
  } finally {
    await recording.close();
  }
}

interface Step {
  readonly size: number;
  readonly min: number;
  readonly max: number;
}

async function compare(segment: CapturedSegment, recording: Recording): Promise<SignalComparison> {
  const { channels } = await recording.summary();
  const scales = channels.map(({ physicalMin, physicalMax, digitalMin, digitalMax }): Step => ({
    size: (physicalMax - physicalMin) / (digitalMax - digitalMin),
    min: physicalMin,
    max: physicalMax,
  }));
  const exact = createExact(segment);
  let steps = 0;
  let samples = 0;
  let end = 0;
  let fault: string | null = null;
  for await (const item of recording.items()) {
    if (item.kind !== "samples") continue;
    const begin = await exact.begin();
    for (let i = 0; i < item.nSamples && fault === null; i++) {
      const at = begin + item.start + i;
      const place = await exact.at(at);
      for (let c = 0; c < scales.length; c++) {
        const written = item.data[c * item.nSamples + i]!;
        const came = place ? place.samples.data[c * place.samples.nSamples + place.index]! : NaN;
        const apart = stepsApart(written, came, scales[c]!);
        if (!(apart <= 1)) {
          fault ??= `${segment.stream.channels[c]!.label}, sample ${at}: holds ${written}, ${place ? `${came} came` : "nothing came"}`;
          break;
        }
        steps = Math.max(steps, apart);
      }
    }
    samples += item.nSamples;
    end = begin + item.start + item.nSamples;
  }
  return { samples, steps, fault, lacking: Math.max(0, (await exact.lastEnd()) - end) };
}

/** Clipped numbers are compared as clipped; missing ones are equal to missing ones. */
function stepsApart(written: number, came: number, { size, min, max }: Step): number {
  if (written !== written || came !== came) return written !== written && came !== came ? 0 : Infinity;
  const clipped = Math.min(max, Math.max(min, came));
  // a float32 cannot tell numbers apart that are closer than its own step
  const float = Math.abs(came) * 2 ** -23;
  return Math.max(0, Math.abs(written - clipped) - float) / size;
}

interface Place {
  readonly samples: Samples;
  readonly index: number;
}

/** A segment's samples by their place on the grid, in order. */
function createExact(segment: CapturedSegment) {
  const items = segment.items();
  let current: Samples | null = null;
  let first: number | null = null;
  let end = 0;
  async function advance(): Promise<boolean> {
    for (let { done, value } = await items.next(); done !== true; { done, value } = await items.next())
      if (value?.kind === "samples") {
        current = value;
        first ??= value.start;
        if (!isMissing(value)) end = value.start + value.nSamples;
        return true;
      }
    current = null;
    return false;
  }
  return {
    async begin(): Promise<number> {
      if (first === null) await advance();
      return first ?? 0;
    },
    async at(sample: number): Promise<Place | null> {
      while (current && current.start + current.nSamples <= sample) await advance();
      return current && current.start <= sample ? { samples: current, index: sample - current.start } : null;
    },
    /** Reads the rest. */
    async lastEnd(): Promise<number> {
      while (await advance());
      return end;
    },
  };
}

/** Whether nothing of it is there: a file ends before. */
function isMissing({ data }: Samples): boolean {
  return data.every((value) => Number.isNaN(value));
}
