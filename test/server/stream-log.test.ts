import { expect, test } from "@jest/globals";
import { createStreamLog } from "../../src/server/stream-log.ts";
import { samplesEntry } from "../../src/server/entry.ts";
import { ramp } from "./harness.ts";

test("a stream's memory is bounded in bytes, however much goes through it", () => {
  const log = createStreamLog({ memoryBytes: 50_000, memoryMs: 1e9 });
  for (let i = 0; i < 20_000; i++) {
    log.append(samplesEntry({ stream: 1, segment: 0 }, ramp(i * 10, 10), 0n));
    if (i % 997 === 0) expect(log.bytesFrom(log.first)).toBeLessThanOrEqual(50_000);
  }
  expect(log.end).toBe(20_000);
  expect(log.at(log.end - 1).start).toBe(199_990);
  expect(() => log.at(0)).toThrow("entry 0 is not remembered");
  expect(log.bytesFrom(log.end)).toBe(0);
  expect(log.oldest()).toEqual({ segment: 0, start: 10 * log.first });
});
