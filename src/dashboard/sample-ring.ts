/** The latest samples of all channels, in memory that does not grow. Indexes count from the first sample ever. */
export interface SampleRing {
  readonly capacity: number;
  /** `data`: channel after channel, `nSamples` of each. What was there `capacity` samples before is overwritten. */
  write(start: number, data: Float32Array, nSamples: number): void;
  /** There is nothing in these samples: NaN. */
  blank(start: number, nSamples: number): void;
  /** Copies a channel's samples from `from` on; what it never held, or holds no longer, is stale: ask for what it has. */
  read(channel: number, from: number, out: Float32Array): void;
}

export function createSampleRing(nChannels: number, capacity: number): SampleRing {
  const kept = new Float32Array(nChannels * capacity).fill(NaN);

  /** Calls back for each piece of a range that lies in one stretch of the memory. */
  function pieces(
    start: number,
    nSamples: number,
    visit: (at: number, from: number, n: number) => void,
  ): void {
    for (let from = 0; from < nSamples;) {
      const at = (start + from) % capacity;
      const n = Math.min(nSamples - from, capacity - at);
      visit(at, from, n);
      from += n;
    }
  }

  return {
    capacity,
    write(start, data, nSamples) {
      const skip = Math.max(0, nSamples - capacity);
      pieces(start + skip, nSamples - skip, (at, from, n) => {
        for (let c = 0; c < nChannels; c++) {
          const first = c * nSamples + skip + from;
          kept.set(data.subarray(first, first + n), c * capacity + at);
        }
      });
    },
    blank(start, nSamples) {
      const skip = Math.max(0, nSamples - capacity);
      pieces(start + skip, nSamples - skip, (at, _, n) => {
        for (let c = 0; c < nChannels; c++) kept.fill(NaN, c * capacity + at, c * capacity + at + n);
      });
    },
    read(channel, from, out) {
      pieces(from, out.length, (at, to, n) => {
        out.set(kept.subarray(channel * capacity + at, channel * capacity + at + n), to);
      });
    },
  };
}
