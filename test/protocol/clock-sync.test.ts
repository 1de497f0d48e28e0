import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createClockSync } from "../../src/protocol/clock-sync.ts";

const offset = 123_456_789_012n;

/** A probe at our time `t0` with these delays, ns, on the way out and back. */
function probe(t0: bigint, out: bigint, back: bigint) {
  const t1 = t0 + out + offset;
  const t2 = t1 + 1000n;
  return { t0, t1, t2, t3: t2 - offset + back };
}

test("nothing is known before the first answer", () => {
  expect(createClockSync().estimate(0n)).toBeNull();
});

test("the probe with the least round trip is believed", () => {
  const sync = createClockSync();
  sync.push(probe(0n, 9_000_000n, 1_000_000n));
  sync.push(probe(1_000_000_000n, 50_000n, 50_000n));
  sync.push(probe(2_000_000_000n, 1_000_000n, 30_000_000n));
  expect(sync.estimate(2_100_000_000n)).toMatchObject({ offsetNs: offset, roundTripNs: 100_000n });
});

test("the error is never above the uncertainty", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50_000_000), fc.nat(50_000_000)), { minLength: 1 }), (delays) => {
      const sync = createClockSync();
      delays.forEach(([out, back], i) =>
        sync.push(probe(BigInt(i) * 500_000_000n, BigInt(out), BigInt(back))),
      );
      const { offsetNs, uncertaintyNs } = sync.estimate(BigInt(delays.length) * 500_000_000n)!;
      const error = offsetNs - offset;
      expect((error < 0n ? -error : error) <= uncertaintyNs + 1n).toBe(true);
    }),
  );
});

test("old probes give way to newer ones as clocks may have drifted", () => {
  const sync = createClockSync();
  sync.push(probe(0n, 10_000n, 10_000n));
  sync.push({ ...probe(600_000_000_000n, 500_000n, 500_000n) });
  expect(sync.estimate(1_000_000_000n)!.roundTripNs).toBe(20_000n);
  expect(sync.estimate(601_000_000_000n)!.roundTripNs).toBe(1_000_000n);
});

test("a probe during which a clock was set back is ignored", () => {
  const sync = createClockSync();
  sync.push({ t0: 100n, t1: 0n, t2: 10n, t3: 50n });
  sync.push({ t0: 100n, t1: 10n, t2: 0n, t3: 150n });
  sync.push({ t0: 0n, t1: 10n, t2: 1000n, t3: 500n });
  expect(sync.estimate(1000n)).toBeNull();
});
