/** That the streaming form says what it should: the same however a stream is cut, and what the whole form says. */
import type { Decision } from "../eeg/decision.ts";
import type { Item, Samples } from "../eeg/item.ts";
import { createRandom, type Random } from "../eeg/random.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { Model } from "../model/model.ts";
import { encodeSequence } from "../model/plain-sequence.ts";
import { decode } from "./decode.ts";
import { createDecisionMaker, type DecisionMaker } from "./decision-maker.ts";
import { hopPatches, isDue } from "./hops.ts";
import { createCutter, createSegment, type PlacedToken, type Segment } from "./segment.ts";
import type { DecodeOptions } from "./stream-decoder.ts";

export interface Proof {
  /** Decisions that were compared, each time. */
  readonly decisions: number;
  /** Largest difference of a probability between the stream in one piece and cut at random. */
  readonly cut: number;
  /** Between the stream in one piece and the whole-sequence form of the encoder. */
  readonly whole: number;
}

export interface ProveOptions extends Omit<DecodeOptions, "stages"> {
  /** Opens the stream anew, in pieces as large as it can be read in. */
  readonly open: () => AsyncIterable<Item>;
  /** How often the stream is cut at random. @default 3 */
  readonly times?: number;
  /** Of the cuts. @default 1 */
  readonly seed?: number;
}

/**
 * Decodes a stream in one piece, several times cut at random, and by the encoder's whole-sequence form in plain loops,
 * and compares every decision. One that differs in anything but its probabilities counts as infinitely different.
 * @throws EegError as `decode`
 */
export async function prove(model: Model, options: ProveOptions): Promise<Proof> {
  const { open, times = 3, seed = 1, ...how } = options;
  const decided = (items: AsyncIterable<Item>): AsyncIterable<Decision> =>
    decode(items, model, { ...how, clock: "none" });
  let decisions = 0;
  let cut = 0;
  const random = createRandom(seed);
  for (let i = 0; i < times; i++) {
    const compared = await compare(decided(open()), decided(cutAtRandom(open(), random)));
    decisions = compared.decisions;
    cut = Math.max(cut, compared.largest);
  }
  const whole = await compare(decided(open()), wholeForm(open(), model, how));
  return { decisions: Math.max(decisions, whole.decisions), cut, whole: whole.largest };
}

interface Compared {
  readonly decisions: number;
  readonly largest: number;
}

async function compare(a: AsyncIterable<Decision>, b: AsyncIterable<Decision>): Promise<Compared> {
  const others = b[Symbol.asyncIterator]();
  let decisions = 0;
  let largest = 0;
  try {
    for await (const one of a) {
      const { value } = (await others.next()) as { value: Decision | undefined };
      decisions++;
      largest = Math.max(largest, value ? difference(one, value) : Infinity);
    }
    if (!(await others.next()).done) largest = Infinity;
  } finally {
    await others.return?.();
  }
  return { decisions, largest };
}

function difference(a: Decision, b: Decision): number {
  const said = ({ sample, abstained, reasons }: Decision): string => [sample, abstained, ...reasons].join();
  if (said(a) !== said(b) || (a.probabilities === null) !== (b.probabilities === null)) return Infinity;
  let largest = 0;
  for (const [label, probability] of Object.entries(a.probabilities ?? {})) {
    const apart = Math.abs(probability - (b.probabilities?.[label] ?? NaN));
    largest = apart <= largest ? largest : apart >= 0 ? apart : Infinity;
  }
  return largest;
}

/** Samples and gaps in pieces of any length up to a second or so, short ones as likely as long ones. */
async function* cutAtRandom(items: AsyncIterable<Item>, random: Random): AsyncGenerator<Item> {
  let nChannels = 0;
  let longest = 1;
  for await (const item of items) {
    if (item.kind === "info") {
      nChannels = item.stream.channels.length;
      longest = Math.max(1, Math.floor(Math.log2(hertz(item.stream.sfreq))) + 1);
    }
    if (item.kind !== "samples" && item.kind !== "gap") yield item;
    else
      for (let from = 0; from < item.nSamples;) {
        const n = Math.min(item.nSamples - from, 1 + random.integer(2 ** random.integer(longest + 1)));
        if (item.kind === "samples") yield piece(item, { nChannels, from, n });
        else yield { ...item, start: item.start + from, nSamples: n };
        from += n;
      }
  }
}

function piece(
  { start, data, nSamples }: Samples,
  { nChannels, from, n }: { readonly nChannels: number; readonly from: number; readonly n: number },
): Samples {
  const cut = new Float32Array(nChannels * n);
  for (let c = 0; c < nChannels; c++)
    cut.set(data.subarray(c * nSamples + from, c * nSamples + from + n), c * n);
  return { kind: "samples", start: start + from, data: cut, nSamples: n };
}

/** Tokens that the whole form is given at once, besides those before them that it sees. */
const blockPatches = 4096;

/** Decisions on tokens that are encoded anew, without a cache: each block with all that it can see before it. */
async function* wholeForm(
  items: AsyncIterable<Item>,
  model: Model,
  options: DecodeOptions,
): AsyncGenerator<Decision> {
  const hop = hopPatches(options.hopSeconds);
  const { window, layers } = model.manifest.architecture.sizes;
  let segment: { tokens: Segment; maker: DecisionMaker; cut: ReturnType<typeof createCutter> } | undefined;
  let before: PlacedToken[] = [];
  let block: PlacedToken[] = [];

  function* decide(): Generator<Decision> {
    const seen = [...before, ...block];
    const logits = encodeSequence(
      model,
      seen.map(({ token }) => token.values),
    );
    for (const [i, place] of block.entries()) {
      segment!.maker.see(place.token.values ? null : place.token.reasons);
      if (isDue(place.token.patch, hop))
        yield segment!.maker.decide(place, logits[before.length + i] ?? null);
    }
    before = seen.slice(Math.max(0, seen.length - (window - 1) * layers));
    block = [];
  }

  for await (const item of items) {
    if (item.kind === "info") {
      if (segment) block.push(...segment.tokens.end());
      yield* decide();
      before = [];
      segment = {
        tokens: createSegment(model, item.stream, options),
        maker: createDecisionMaker(model.manifest, item.stream.sfreq),
        cut: createCutter(item.stream),
      };
    } else if (item.kind !== "marker" && segment)
      for (const part of segment.cut(item)) {
        block.push(...segment.tokens.push(part));
        if (block.length >= blockPatches) yield* decide();
      }
  }
  if (segment) block.push(...segment.tokens.end());
  yield* decide();
}
