import { EegError } from "../../eeg/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { createScratch } from "../runs.ts";
import { fromStrided } from "../strided.ts";
import { readAscii } from "./ascii.ts";
import type { BinaryEncoding, BrainVisionHeader } from "./header.ts";
import type { StoredSamples } from "./stored-samples.ts";
import { bytesOf, fromMultiplexed, storedNumbers } from "./samples.ts";

/** What the data file is read with. */
export interface StoredOptions {
  readonly header: BrainVisionHeader;
  /** For each channel, from the stored number to its channel's unit. */
  readonly gains: readonly number[];
  readonly diagnostics: Diagnostics;
}

/** Bytes read at a time: enough for the disk, few enough to stay in the processor's cache. */
const blockBytes = 1 << 18;

/** Of vectorized data, where each channel is read from another place, more: each of these reads costs its time. */
const vectorizedBytes = 1 << 22;

/**
 * Looks at a data file: how many samples it holds, and what of it does not fit the header.
 * @throws EegError BRAINVISION_DATA
 */
export async function openSamples(source: ByteSource, options: StoredOptions): Promise<StoredSamples> {
  const { header, gains, diagnostics } = options;
  const { encoding, dataPoints } = header;
  const stored =
    encoding.kind === "ascii"
      ? await readAscii({ source, encoding, gains, diagnostics }, header)
      : header.orientation === "multiplexed"
        ? multiplexed(source, encoding, options)
        : vectorized(source, encoding, options);
  if (stored.nSamples === 0)
    diagnostics.add({
      code: "BRAINVISION_TRUNCATED",
      message: `the data file '${source.name}' holds no samples`,
      place: { byte: source.size },
    });
  else if (dataPoints !== null && dataPoints !== stored.nSamples)
    diagnostics.add({
      code: "BRAINVISION_TRUNCATED",
      message: `the header declares ${dataPoints} samples (DataPoints), the data file holds ${stored.nSamples}; these were read`,
      place: { sample: stored.nSamples },
    });
  return stored;
}

function multiplexed(
  source: ByteSource,
  encoding: BinaryEncoding,
  { gains, diagnostics }: StoredOptions,
): StoredSamples {
  const frameBytes = gains.length * bytesOf(encoding);
  const nSamples = Math.floor(source.size / frameBytes);
  trailing(source.size, source.size - nSamples * frameBytes, diagnostics);
  return {
    nSamples,
    open(most = blockBytes) {
      const blockSamples = Math.max(1, Math.floor(most / frameBytes));
      const scratch = createScratch(Math.min(blockSamples, nSamples) * frameBytes);
      return {
        blockSamples,
        async fetch(from, count) {
          const range = { offset: from * frameBytes, length: count * frameBytes, scratch: scratch() };
          const bytes = await wholeRead(source, range);
          return () => fromMultiplexed(storedNumbers(bytes, encoding), gains);
        },
      };
    },
  };
}

/**
 * Where a channel begins depends on how many samples each has: the file's size tells, or, in a file that was cut,
 * the header.
 */
function vectorized(
  source: ByteSource,
  encoding: BinaryEncoding,
  { header, gains, diagnostics }: StoredOptions,
): StoredSamples {
  const width = bytesOf(encoding);
  const held = Math.floor(source.size / width);
  const declared = header.dataPoints;
  const cut = declared !== null && declared * gains.length > held;
  const stride = cut ? declared : Math.floor(held / gains.length);
  const rest = source.size - stride * gains.length * width;
  if (!cut && rest > 0 && declared !== stride)
    throw new EegError(
      "BRAINVISION_DATA",
      `${source.name}: ${source.size} bytes are not ${gains.length} channels of equally many ${encoding.type} numbers, so where each channel begins cannot be known; copy the file again`,
    );
  if (!cut) trailing(source.size, rest, diagnostics);
  const nSamples = cut ? Math.min(stride, held) : stride;
  if (cut)
    diagnostics.add({
      code: "BRAINVISION_TRUNCATED",
      message: `the data file ends within channel ${Math.floor(held / stride) + 1} of ${gains.length} ('${header.channels[Math.floor(held / stride)]!.label}'); what is missing of it and of the channels after it is NaN`,
      place: { byte: source.size },
    });
  return {
    nSamples,
    open() {
      const blockSamples = Math.max(1, Math.floor(vectorizedBytes / (gains.length * width)));
      const channelBytes = Math.min(blockSamples, nSamples) * width;
      const scratch = createScratch(channelBytes * gains.length);
      return {
        blockSamples,
        async fetch(from, count) {
          const memory = scratch();
          const parts = await Promise.all(
            gains.map(async (_, c) => {
              const at = c * stride + from;
              const length = Math.max(0, Math.min(count, held - at)) * width;
              const own = memory.subarray(c * channelBytes, (c + 1) * channelBytes);
              return wholeRead(source, { offset: at * width, length, scratch: own });
            }),
          );
          return () => {
            const data = new Float32Array(count * gains.length);
            for (const [c, bytes] of parts.entries()) {
              const numbers = storedNumbers(bytes, encoding);
              const into = data.subarray(c * count, (c + 1) * count);
              const one = { stored: numbers, at: 0, step: 1, gain: gains[c]!, offset: 0 };
              fromStrided(one, into.subarray(0, numbers.length));
              into.fill(Number.NaN, numbers.length);
            }
            return data;
          };
        },
      };
    },
  };
}

function trailing(size: number, bytes: number, diagnostics: Diagnostics): void {
  if (bytes > 0)
    diagnostics.add({
      code: "BRAINVISION_TRUNCATED",
      message: `${bytes} byte${bytes > 1 ? "s" : ""} at the end of the data file are no whole sample of all channels; left out`,
      place: { byte: size - bytes },
    });
}

async function wholeRead(
  source: ByteSource,
  {
    offset,
    length,
    scratch,
  }: { readonly offset: number; readonly length: number; readonly scratch: Uint8Array },
): Promise<Uint8Array> {
  const bytes = length > 0 ? await source.read(offset, length, scratch) : scratch.subarray(0, 0);
  if (bytes.length < length)
    throw new EegError(
      "BRAINVISION_DATA",
      `${source.name}: the file became shorter while it was read (byte ${offset + bytes.length})`,
    );
  return bytes;
}
