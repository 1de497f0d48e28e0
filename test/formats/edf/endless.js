/** A stream without an end that names its place: pieces of one data record each, some of them behind a gap. */

const length = 10;

/** @returns {Generator<import("../../../src/eeg/item.ts").Item>} */
export function* endless() {
  const channels = ["Fp1", "Oz"].map((label) => ({
    label,
    unit: "µV",
    type: /** @type {const} */ ("eeg"),
    position: null,
    reference: null,
  }));
  yield {
    kind: "info",
    stream: {
      name: "endless",
      sourceId: "test",
      segment: 0,
      channels,
      sfreq: { num: length, den: 1 },
      t0: "2026-11-22T10:00:00",
      filters: [],
      delaySamples: 0,
      settleSamples: 0,
    },
  };
  let start = 0;
  for (let frame = 0; ; frame++) {
    if (frame % 5 === 4) {
      yield { kind: "gap", start, nSamples: 7, reason: "lost" };
      start += 7;
    }
    const data = new Float32Array(2 * length).fill(frame % 100);
    yield { kind: "marker", onset: start, duration: 0, text: `frame ${frame}` };
    yield { kind: "samples", start, nSamples: length, data };
    start += length;
  }
}

/**
 * How many pieces the items hold.
 * @param {readonly import("../../../src/eeg/item.ts").Item[]} items
 * @throws Error where they are not the stream's
 */
export function framesIn(items) {
  let frames = 0;
  let start = 0;
  let marked = 0;
  for (const item of items) {
    if (item.kind === "marker" && item.text !== `frame ${marked++}`) throw new Error(item.text);
    if (item.kind !== "samples") continue;
    for (let i = 0; i < item.nSamples; i++) {
      if (i % length === 0 && frames++ % 5 === 4) start += 7;
      if (item.start + i !== start++) throw new Error(`sample ${item.start + i}, ${start - 1} expected`);
      const wanted = (frames - 1) % 100;
      if (Math.abs(item.data[i] - wanted) > 0.06) throw new Error(`${item.data[i]}, ${wanted} expected`);
    }
  }
  if (marked !== frames) throw new Error(`${marked} markers, ${frames} expected`);
  return frames;
}
