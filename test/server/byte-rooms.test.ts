import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createByteRooms, type BytePlace } from "../../src/server/byte-rooms.ts";

const lengths = fc.array(
  fc.oneof({ weight: 6, arbitrary: fc.nat(900) }, fc.integer({ min: 0, max: 40_000 })),
  { minLength: 50, maxLength: 200 },
);

test("what is kept stands unchanged until it is forgotten, and then makes room for others", () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 120 }), (sizes, remembered) => {
      const rooms = createByteRooms();
      const kept: { place: BytePlace; bytes: Buffer }[] = [];
      const numbers = new Set<number>();
      sizes.forEach((size, i) => {
        const bytes = Buffer.alloc(size, i);
        const place = rooms.keep(bytes);
        kept.push({ place, bytes });
        numbers.add(place.room);
        if (place.offset % 4 !== 0) throw new Error(`${place.offset} is no multiple of 4`);
        if (kept.length <= remembered) return;
        const oldest = kept.shift()!;
        expect(oldest.bytes.equals(rooms.view(oldest.place, oldest.bytes.length))).toBe(true);
        rooms.forget(oldest.place.room);
      });
      // each thing that is remembered may have a room to itself; then there is one that is filled, and a spare one
      expect(numbers.size).toBeLessThanOrEqual(remembered + 3);
    }),
    { numRuns: 30 },
  );
});
