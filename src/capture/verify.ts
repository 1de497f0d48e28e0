import type { Decision } from "../eeg/decision.ts";
import { createActing } from "../decode/acting.ts";
import { decode } from "../decode/decode.ts";
import { actingOf } from "../decode/pipeline.ts";
import type { DecodeOptions } from "../decode/stream-decoder.ts";
import type { AnyModel } from "../model/window-model.ts";
import { configurationCauses, otherCauses, tolerance, type Cause, type VerifyOptions } from "./causes.ts";
import { checkFiles, type FilesCheck } from "./check-files.ts";
import { createComparability, memorySamples, within } from "./comparability.ts";
import { differenceOf, isEqual } from "./compare-decisions.ts";
import type { CaptureManifest, Decoder } from "./manifest.ts";
import { openCapture, type CapturedLine, type CapturedSegment, type OpenedCapture } from "./open-capture.ts";

export interface FirstDifference {
  readonly segment: number;
  readonly sample: number;
  readonly seconds: number;
  /** Null where there is none. */
  readonly captured: Decision | null;
  readonly computed: Decision | null;
}

export interface Verdict {
  readonly manifest: CaptureManifest;
  readonly segments: number;
  /** Whole decisions in the capture; what they came to. */
  readonly decisions: number;
  /** Equal bit for bit. */
  readonly equal: number;
  /** Equal to within the tolerance: across engines, or behind samples that were not captured. */
  readonly close: number;
  readonly different: number;
  /** Decided on samples that the capture does not hold, or by another model than the first segment's. */
  readonly incomparable: number;
  /** Computed where no decision was captured, though one should have been. */
  readonly missing: number;
  /** Largest difference of a probability among those that are close. */
  readonly largest: number;
  readonly first: FirstDifference | null;
  readonly files: FilesCheck;
  /** Whether the capture was cut off: it has no end, and was verified up to its last whole record. */
  readonly cutOff: boolean;
  /** Nothing differs, and the files are what they were. */
  readonly holds: boolean;
  readonly causes: readonly Cause[];
  readonly notes: readonly string[];
}

/**
 * Decodes a capture again and compares every decision with the one that was captured.
 * @throws EegError FILE_UNREADABLE, CAPTURE_INVALID; OPTION_INVALID without the calibration that it needs; as `decode`
 */
export async function verifyCapture(folder: string, options: VerifyOptions): Promise<Verdict> {
  const capture = await openCapture(folder);
  try {
    const tally = createTally();
    const causes: Cause[] = [];
    const files = await checkFiles(capture);
    const data = (messages: readonly string[]): void => {
      causes.push(...messages.map((message): Cause => ({ kind: "data", message })));
    };
    data(files.faults);
    const { manifest } = capture;
    if (manifest.decoder && options.model) {
      causes.push(...(await configurationCauses(manifest, manifest.decoder, options)));
      await compareAll(capture, manifest.decoder, { ...options, model: options.model, tally });
    }
    data(capture.faults.filter((message) => !files.faults.includes(message))); // met while decisions were read
    const { first, ...counts } = tally.result();
    if (counts.different + counts.missing > 0)
      causes.push(...otherCauses(manifest, options, causes.length > 0));
    return {
      ...counts,
      first,
      manifest,
      segments: capture.segments.length,
      files,
      cutOff: manifest.ended === null,
      holds: causes.length === 0,
      causes,
      notes: tally.notes,
    };
  } finally {
    await capture.close();
  }
}

interface Comparing extends VerifyOptions {
  readonly model: AnyModel;
  readonly tally: Tally;
}

async function compareAll(capture: OpenedCapture, decoder: Decoder, options: Comparing): Promise<void> {
  const captured = capture.decisions();
  let next = await captured.next();
  for (const segment of capture.segments) {
    const lines = async function* (): AsyncGenerator<CapturedLine> {
      for (; next.done !== true && next.value.segment <= segment.number; next = await captured.next())
        yield next.value;
    };
    const same = segment.decoder?.weights === decoder.weights;
    if (segment.decoder && same) await compareSegment(segment, lines(), options);
    else {
      for await (const _ of lines()) options.tally.incomparable();
      options.tally.notes.push(
        `segment ${segment.number} was decoded by ${segment.decoder ? `another model, ${segment.decoder.name}` : "nobody"}: not compared`,
      );
    }
  }
  for (; next.done !== true; next = await captured.next()) options.tally.incomparable();
}

/** Holds the captured decisions of a segment against those computed, sample by sample. */
async function compareSegment(
  segment: CapturedSegment,
  captured: AsyncGenerator<CapturedLine>,
  { model, calibration, gate, engine, tally }: Comparing,
): Promise<void> {
  const decoder = segment.decoder!;
  const { pipeline, hopSeconds } = decoder;
  const allowFiltered = pipeline?.allowFiltered ?? true;
  const { watch, stages } = createActing(model, {
    ...actingOf(pipeline, gate ?? null),
    hopSeconds,
    allowFiltered,
  });
  const how: DecodeOptions = {
    hopSeconds,
    stages,
    clock: "none",
    allowFiltered,
    quality: pipeline?.quality ?? "off",
    ...(calibration ? { calibration } : {}),
    ...(engine ? { engine } : {}),
  };
  const exact = pipeline && pipeline.engine === (engine?.name ?? "wasm") && pipeline.engine !== "onnx";
  const comparable = createComparability(
    segment,
    memorySamples(gate ? [model, gate] : [model], decoder, segment.stream),
  );
  const beyond = (sample: number): boolean => sample > segment.end;
  const place = (sample: number): Pick<FirstDifference, "segment" | "sample" | "seconds"> => ({
    segment: segment.number,
    sample,
    seconds: (sample * segment.stream.sfreq.den) / segment.stream.sfreq.num,
  });

  let mine = await captured.next();
  function judge(one: Decision | null, computed: Decision | null): void {
    const sample = (one ?? computed)!.sample;
    const way = beyond(sample) ? "not" : comparable(sample);
    if (way === "not") return one ? tally.incomparable() : undefined;
    if (!one)
      return within(segment.undecided, sample)
        ? undefined
        : tally.lacks({ ...place(sample), captured: null, computed });
    const allowed = way === "exactly" && exact ? 0 : tolerance;
    const equal = computed !== null && isEqual(one, computed, allowed);
    if (!equal) return tally.differs({ ...place(sample), captured: one, computed });
    tally.equals(isEqual(one, computed, 0) ? "bits" : differenceOf(one, computed).probability);
  }

  /** Captured decisions for samples before one. */
  async function passBefore(sample: number): Promise<void> {
    for (; mine.done !== true && mine.value.sample < sample; mine = await captured.next())
      judge(mine.value, null);
  }

  for await (const computed of decode(watch(segment.items()), model, how)) {
    await passBefore(computed.sample);
    if (mine.done !== true && mine.value.sample === computed.sample) {
      judge(mine.value, computed);
      mine = await captured.next();
    } else if (mine.done === true && !segment.complete) break;
    else judge(null, computed);
  }
  await passBefore(Infinity);
}

interface Tally {
  readonly notes: string[];
  /** Bit for bit, or with probabilities that far apart. */
  equals(way: "bits" | number): void;
  differs(at: FirstDifference): void;
  lacks(at: FirstDifference): void;
  incomparable(): void;
  result(): Pick<
    Verdict,
    "decisions" | "equal" | "close" | "different" | "incomparable" | "missing" | "largest" | "first"
  >;
}

function createTally(): Tally {
  const counts = { decisions: 0, equal: 0, close: 0, different: 0, incomparable: 0, missing: 0, largest: 0 };
  let first: FirstDifference | null = null;
  return {
    notes: [],
    equals(way) {
      counts.decisions++;
      counts[way === "bits" ? "equal" : "close"]++;
      if (way !== "bits") counts.largest = Math.max(counts.largest, way);
    },
    differs(at) {
      counts.decisions++;
      counts.different++;
      first ??= at;
    },
    lacks(at) {
      counts.missing++;
      first ??= at;
    },
    incomparable() {
      counts.decisions++;
      counts.incomparable++;
    },
    result: () => ({ ...counts, first }),
  };
}
