import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createEntryTable, type EntryRow } from "../../src/server/entry-table.ts";

const rowOf = (n: number): EntryRow => ({
  kind: n % 7,
  segment: n,
  start: 2 ** 40 + n,
  nSamples: 3 * n,
  atMs: n + 0.25,
  before: 1e12 + n,
  room: n % 50,
  offset: 4 * n,
  length: n + 1,
  stream: 2 ** 31 + n,
  nChannels: n % 9,
  timeNs: 10n ** 18n + BigInt(n),
});

test("rows that come and go, in whatever rhythm, stay what they are while the table grows", () => {
  const steps = fc.array(fc.record({ come: fc.nat(90), go: fc.nat(80) }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(steps, (rhythm) => {
      const table = createEntryTable();
      for (const { come, go } of rhythm) {
        for (let i = 0; i < come; i++) table.push(rowOf(table.end));
        for (let i = 0; i < go && table.first < table.end; i++) table.shift();
        const others: number[] = [];
        for (let number = table.first; number < table.end; number++) {
          const { timeNs, ...row } = rowOf(number);
          const isSame =
            table.timeNs(number) === timeNs &&
            Object.entries(row).every(
              ([name, value]) => table.get(number, name as keyof typeof row) === value,
            );
          if (!isSame) others.push(number);
        }
        expect(others).toEqual([]);
      }
    }),
    { numRuns: 25 },
  );
});
