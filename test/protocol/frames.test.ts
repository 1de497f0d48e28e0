import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Samples } from "../../src/eeg/item.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import { formatSamplesFrame, parseSamplesFrame } from "../../src/protocol/samples-frame.ts";
import { formatSampleRows, parseSampleRows } from "../../src/protocol/sample-rows.ts";

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly error?: string;
  readonly stream: number;
  readonly segment: number;
  readonly start: number;
  readonly timeNs: string | null;
  readonly rows: (number | null)[][];
}

const vectors = JSON.parse(
  readFileSync(new URL("../golden/protocol/frames.json", import.meta.url), "utf8"),
) as Vector[];
const good = vectors.filter((vector) => vector.error === undefined);
const bad = vectors.filter((vector) => vector.error !== undefined);
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

/** The error that reading gives, or null; anything but a ProtocolError fails the test. */
function errorOf(bytes: Uint8Array): ProtocolError | null {
  try {
    parseSamplesFrame(bytes);
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return error as ProtocolError;
  }
}

describe("test vectors", () => {
  test.each(good.map((vector) => [vector.name, vector] as const))("read: %s", (_, vector) => {
    const { samples, ...frame } = parseSamplesFrame(bytesOf(vector.hex));
    expect(frame).toEqual({
      stream: vector.stream,
      segment: vector.segment,
      timeNs: vector.timeNs === null ? null : BigInt(vector.timeNs),
      nChannels: vector.rows.length,
    });
    expect(samples.start).toBe(vector.start);
    expect(formatSampleRows(samples)).toEqual(vector.rows);
  });

  test.each(good.map((vector) => [vector.name, vector] as const))("write: %s", (_, vector) => {
    const bytes = formatSamplesFrame({
      stream: vector.stream,
      segment: vector.segment,
      timeNs: vector.timeNs === null ? null : BigInt(vector.timeNs),
      nChannels: vector.rows.length,
      samples: parseSampleRows(vector.rows, vector.start),
    });
    expect(Buffer.from(bytes).toString("hex")).toBe(vector.hex);
  });

  test.each(bad.map((vector) => [vector.name, vector] as const))("refuse: %s", (_, vector) => {
    expect(errorOf(bytesOf(vector.hex))?.code).toBe(vector.error);
  });
});

test("a frame at an odd address, or in a Buffer, reads the same", () => {
  for (const { hex } of good) {
    expect(parseSamplesFrame(Buffer.from(hex, "hex"))).toEqual(parseSamplesFrame(bytesOf(hex)));
    const shifted = new Uint8Array(hex.length / 2 + 3).subarray(3);
    shifted.set(bytesOf(hex));
    expect(parseSamplesFrame(shifted)).toEqual(parseSamplesFrame(bytesOf(hex)));
  }
});

test("what is read does not change with the frame's bytes", () => {
  const bytes = bytesOf(good[1]!.hex);
  const { samples } = parseSamplesFrame(bytes);
  const before = samples.data.slice();
  bytes.fill(0xff);
  expect(samples.data).toEqual(before);
});

const float = fc.oneof(fc.float({ noDefaultInfinity: true, noNaN: true }), fc.constant(Number.NaN));
const samplesArbitrary: fc.Arbitrary<{ nChannels: number; samples: Samples }> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 20 }), fc.nat(2 ** 40))
  .chain(([nChannels, nSamples, start]) =>
    fc.array(float, { minLength: nChannels * nSamples, maxLength: nChannels * nSamples }).map((values) => ({
      nChannels,
      samples: { kind: "samples" as const, start, data: Float32Array.from(values), nSamples },
    })),
  );

test("whatever is written is read back, bit for bit", () => {
  fc.assert(
    fc.property(
      samplesArbitrary,
      fc.nat(1000),
      fc.bigInt(-(2n ** 62n), 2n ** 62n),
      (input, stream, timeNs) => {
        const frame = { ...input, stream, segment: 2, timeNs };
        const bytes = formatSamplesFrame(frame);
        expect(bytes.length % 8).toBe(0);
        expect(parseSamplesFrame(bytes)).toEqual(frame);
        const rows = JSON.parse(JSON.stringify(formatSampleRows(input.samples))) as (number | null)[][];
        const { data } = parseSampleRows(rows, input.samples.start);
        expect(data.map((x) => x + 0)).toEqual(input.samples.data.map((x) => x + 0)); // JSON has no -0
      },
    ),
  );
});

test("an infinite number is not sent", () => {
  const samples: Samples = {
    kind: "samples",
    start: 0,
    data: Float32Array.of(1, 2, 3, Infinity),
    nSamples: 2,
  };
  expect(() => formatSamplesFrame({ stream: 1, segment: 0, timeNs: null, nChannels: 2, samples })).toThrow(
    "binary frame: channel 1, sample 1: expected a finite number, got Infinity",
  );
});

describe("10,000 mutated frames give an error of the protocol, or samples", () => {
  const whole = good.map(({ hex }) => bytesOf(hex));
  const mutated = fc
    .record({
      frame: fc.constantFrom(...whole),
      edits: fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      length: fc.option(fc.nat(2000)),
    })
    .map(({ frame, edits, length }) => {
      const bytes = length === null ? frame.slice() : frame.slice(0, length % (frame.length + 1));
      for (const [at, value] of edits) if (bytes.length > 0) bytes[at % bytes.length] = value;
      return bytes;
    });

  function outcome(bytes: Uint8Array): void {
    const error = errorOf(bytes);
    if (error) {
      expect(error.closeCode).toBeGreaterThanOrEqual(4400);
      expect(Buffer.byteLength(error.reason)).toBeLessThanOrEqual(123);
    } else {
      const { samples, nChannels } = parseSamplesFrame(bytes);
      expect(samples.data.length).toBe(nChannels * samples.nSamples);
      expect(samples.data.some((value) => Math.abs(value) === Infinity)).toBe(false);
    }
  }

  test("edited and cut", () => fc.assert(fc.property(mutated, outcome), { numRuns: 8000 }));
  test("random bytes", () =>
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), outcome), { numRuns: 2000 }));
});
