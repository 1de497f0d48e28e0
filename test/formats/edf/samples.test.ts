import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { physicalSamples } from "../../../src/formats/edf/samples.ts";

test("integers of any alignment are what a DataView says, times gain plus offset, rounded once", () => {
  fc.assert(
    fc.property(
      fc.record({
        bytesPerSample: fc.constantFrom(2 as const, 3 as const),
        samplesPerRecord: fc.integer({ min: 1, max: 23 }),
        between: fc.integer({ min: 0, max: 7 }),
        nRecords: fc.integer({ min: 1, max: 5 }),
        skip: fc.integer({ min: 0, max: 22 }),
        drop: fc.integer({ min: 0, max: 22 }),
        shift: fc.integer({ min: 0, max: 5 }),
        at: fc.integer({ min: 0, max: 9 }),
        seed: fc.integer(),
      }),
      ({ bytesPerSample, samplesPerRecord, between, nRecords, shift, seed, ...rest }) => {
        const skip = rest.skip % samplesPerRecord;
        const drop = rest.drop % (nRecords > 1 ? samplesPerRecord : samplesPerRecord - skip);
        const at = rest.at * bytesPerSample;
        const nSignals = 3;
        const gap = between * bytesPerSample; // other signals of the record
        const recordBytes = nSignals * (samplesPerRecord * bytesPerSample + gap);
        const memory = new Uint8Array(shift + at + nRecords * recordBytes);
        for (let i = 0, state = seed; i < memory.length; i++) {
          state = (Math.imul(state, 1664525) + 1013904223) | 0;
          memory[i] = state >>> 24;
        }
        const bytes = memory.subarray(shift);
        const signals = Array.from({ length: nSignals }, (_, s) => ({
          byteOffset: s * (samplesPerRecord * bytesPerSample + gap),
          samplesPerRecord,
          gain: 0.1 * (s + 1),
          offset: s - 0.3,
          missing: null,
        }));
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        const expected: number[] = [];
        for (const { byteOffset, gain, offset } of signals)
          for (let i = skip; i < nRecords * samplesPerRecord - drop; i++) {
            const record = Math.floor(i / samplesPerRecord);
            const byte = at + record * recordBytes + byteOffset + (i % samplesPerRecord) * bytesPerSample;
            const integer =
              bytesPerSample === 2
                ? view.getInt16(byte, true)
                : view.getInt8(byte + 2) * 65536 + view.getUint16(byte, true);
            expected.push(Math.fround(integer * gain + offset));
          }
        const run = { bytes, at, recordBytes, nRecords, skip, drop, signals };
        expect([...physicalSamples(run, bytesPerSample)]).toEqual(expected);
      },
    ),
    { numRuns: 500, seed: 4 },
  );
});
