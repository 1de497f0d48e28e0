import type { AbstainReason } from "../eeg/decision.ts";
import { electrode, electrodeOrder } from "../eeg/electrodes.ts";
import { EegError } from "../eeg/errors.ts";
import type { Gap, Marker, Samples } from "../eeg/item.ts";
import { hertz } from "../eeg/sfreq.ts";
import type { StageFactory } from "../eeg/stage.ts";
import type { Channel, StreamInfo } from "../eeg/stream-info.ts";
import { createEvoked } from "./evoked.ts";
import { mixByPosition, paddedComponents } from "./mix.ts";
import { modelHz, patchEnd, strideSamples } from "./patch-grid.ts";
import { createPresence } from "./presence.ts";
import { type Token, type TokenDefinition, tokenNumbers } from "./token.ts";
import { blockSamples, createTokenKernel } from "./wasm/token-kernel.ts";

const none: readonly AbstainReason[] = [];
const incomplete: readonly AbstainReason[] = ["channels-missing"];

/**
 * Samples to tokens: one for each patch of the absolute grid, masked ones too, as soon as the patch's last sample
 * or gap is there. A patch that touches a gap or the settling samples after one is masked; so is one in which fewer of
 * the needed electrodes are there than must be, or more than half of the components lack their channels. A component that lacks them is 0, its mean.
 * A marker comes before the first token whose patch ends after its onset; those that come in another order keep it.
 * A gap gives a masked token for every stride of it: cut long ones before.
 * @throws EegError SFREQ_UNSUPPORTED unless the stream has the model's rate, CHANNEL_POSITION if a channel has none
 */
export function tokensStage(definition: TokenDefinition): StageFactory<Token | Marker> {
  const { components, bands, mean, deviation } = definition;
  const padded = paddedComponents(components);
  return (input) => {
    checkRate(input);
    const nChannels = input.channels.length;
    const order = tableOrder(input.channels);
    const inOrder = order.every((channel, i) => channel === i);
    const weightsFor = mixByPosition(
      definition,
      order.map((c) => positionOf(input.channels[c]!)),
    );
    const kernel = createTokenKernel(definition, nChannels);
    const evoked = definition.evoked && createEvoked(definition.evoked);
    const presence = createPresence(nChannels, input.settleSamples, kernel.scan);
    presence.restart(0);
    const weighted = new Uint8Array(nChannels).fill(2); // the set that the kernel's weights are for; 2: none yet
    let masked: Uint8Array = new Uint8Array(components);
    /** Last sample at which each component, or any channel, was missing. */
    const lastMasked = new Float64Array(components).fill(-1);
    let lastMissing = -1;
    const { region, atLeast } = definition.needs ?? { region: [], atLeast: 0 };
    const needed = order.map((c) => region.includes(electrode(input.channels[c]!.label)?.name ?? ""));
    /** Last sample at which too few of the needed electrodes were there. */
    let lastTooFew = -1;
    let tooFew = false;
    /** 1 for each component that lacks its channels somewhere in the current patch. */
    const lacks = new Uint8Array(components);
    let patch = 0;
    /** Ends of the last gap, and of the last one of any kind: edges of a resampler's kernel are only settling. */
    let gapEnd = 0;
    let stretchStart = 0;
    const pending: Marker[] = [];

    function push(item: Samples | Gap | Marker): readonly (Token | Marker)[] {
      if (item.kind === "marker") {
        pending.push(item);
        return [];
      }
      const out: (Token | Marker)[] = [];
      if (item.kind === "gap") {
        stretchStart = item.start + item.nSamples;
        if (item.reason !== "edge") gapEnd = stretchStart;
        presence.restart(stretchStart);
        for (; patchEnd(patch) <= stretchStart; patch++)
          emit(out, maskedToken(patch * strideSamples < gapEnd ? "gap" : "settling"));
        return out;
      }
      const data = inOrder ? item.data : inTableOrder(item, order);
      for (let offset = 0; offset < item.nSamples; offset += blockSamples) {
        const n = Math.min(blockSamples, item.nSamples - offset);
        kernel.load(data, item.nSamples, { offset, n });
        takeBlock(item.start + offset, n, out);
      }
      return out;
    }

    function takeBlock(start: number, n: number, out: (Token | Marker)[]): void {
      for (let from = 0; from < n;) {
        const to = presence.run({ start, from, n });
        weigh();
        kernel.mix(from, to);
        const end = start + to;
        if (presence.present.includes(0)) lastMissing = end - 1;
        if (tooFew) lastTooFew = end - 1;
        for (let s = 0; s < components; s++) if (masked[s] === 1) lastMasked[s] = end - 1;
        for (; patchEnd(patch) <= end; patch++) emit(out, token(end - patchEnd(patch)));
        from = to;
      }
    }

    /** Gives the kernel the weights for the channels that are present. */
    function weigh(): void {
      if (presence.present.every((p, c) => p === weighted[c])) return;
      weighted.set(presence.present);
      tooFew = needed.filter((isNeeded, c) => isNeeded && weighted[c] === 1).length < atLeast;
      const weights = weightsFor(weighted);
      masked = weights.masked;
      kernel.setWeights(weights);
    }

    /** The token of the current patch, whose last sample lies `back` rows before the newest. */
    function token(back: number): Token {
      const start = patch * strideSamples;
      if (start < gapEnd) return maskedToken("gap");
      if (start < stretchStart + input.settleSamples) return maskedToken("settling");
      if (lastTooFew >= start) return maskedToken("channels-missing");
      let nMasked = 0;
      for (let s = 0; s < components; s++) {
        lacks[s] = lastMasked[s]! >= start ? 1 : 0;
        nMasked += lacks[s]!;
      }
      if (nMasked * 2 > components) return maskedToken("channels-missing");
      const powers = kernel.logPowers({ patch, back, masked: lacks });
      const values = new Float32Array(tokenNumbers(definition));
      for (let s = 0; s < components; s++) {
        if (lacks[s] === 1) continue;
        for (let k = 0; k < bands; k++) {
          const i = s * bands + k;
          values[i] = (powers[k * padded + s]! - mean[i]!) / deviation[i]!;
        }
      }
      if (evoked) {
        const waves = kernel.waves(back);
        for (let s = 0; s < components; s++) if (lacks[s] === 1) waves[s] = 0;
        values.set(evoked.step(patch, waves), components * bands);
      }
      return { kind: "token", patch, values, reasons: lastMissing >= start ? incomplete : none };
    }

    function maskedToken(reason: AbstainReason): Token {
      return { kind: "token", patch, values: null, reasons: [reason] };
    }

    function emit(out: (Token | Marker)[], next: Token): void {
      if (pending.length > 0) {
        const end = patchEnd(next.patch);
        const later = pending.findIndex((marker) => marker.onset >= end);
        out.push(...pending.splice(0, later < 0 ? pending.length : later));
      }
      out.push(next);
    }

    return { output: input, push, end: () => pending.splice(0) };
  };
}

function checkRate({ name, sfreq }: StreamInfo): void {
  if (hertz(sfreq) !== modelHz)
    throw new EegError(
      "SFREQ_UNSUPPORTED",
      `${name}: tokens are made at ${modelHz} Hz, got ${hertz(sfreq)} Hz; resample first`,
    );
}

/** Indexes of the channels as the table of electrodes has them, front to back. */
function tableOrder(channels: readonly Channel[]): readonly number[] {
  const keys = channels.map(({ label }) => electrodeOrder(label));
  return [...channels.keys()].sort(
    (a, b) => keys[a]! - keys[b]! || (channels[a]!.label < channels[b]!.label ? -1 : 1),
  );
}

function inTableOrder({ data, nSamples }: Samples, order: readonly number[]): Float32Array {
  const sorted = new Float32Array(data.length);
  order.forEach((c, i) => sorted.set(data.subarray(c * nSamples, (c + 1) * nSamples), i * nSamples));
  return sorted;
}

function positionOf({ label, position }: Channel): readonly [number, number, number] {
  if (position === null)
    throw new EegError("CHANNEL_POSITION", `channel ${label} has no position on the head; leave it out`);
  return position;
}
