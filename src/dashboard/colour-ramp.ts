/** From little to much, rising evenly in lightness, so that it reads without colours too: red, green, blue, 0 to 255. */
const stops: readonly (readonly [number, number, number])[] = [
  [34, 28, 82],
  [49, 70, 140],
  [37, 118, 150],
  [48, 163, 128],
  [140, 200, 82],
  [250, 232, 112],
];

/** 256 colours as they lie in an image's memory: red, green, blue, opaque. */
export const colourRamp: Uint8ClampedArray = (() => {
  const ramp = new Uint8ClampedArray(4 * 256);
  for (let i = 0; i < 256; i++) {
    const place = (i / 255) * (stops.length - 1);
    const k = Math.min(stops.length - 2, Math.floor(place));
    const share = place - k;
    for (let part = 0; part < 3; part++)
      ramp[4 * i + part] = stops[k]![part]! * (1 - share) + stops[k + 1]![part]! * share;
    ramp[4 * i + 3] = 255;
  }
  return ramp;
})();
