import type { Position } from "../eeg/stream-info.ts";
import { splineWeights } from "../signal/splines.ts";
import { formatPng } from "./png.ts";
import { escapeText, tenth } from "./svg.ts";

/** An electrode with what is to be drawn there. */
export interface ScalpValue {
  readonly label: string;
  readonly position: Position;
  /** NaN, and for a bad channel: drawn, but not looked at. */
  readonly value: number;
}

/** Fewer electrodes make no map. */
export const fewestElectrodes = 8;

const pixels = 72;
/** The map goes a little beyond the equator, where the outermost electrodes of a cap sit. */
const reach = 1.15;
const radius = 92;

/**
 * A map of the head from above, nose up, of values interpolated by spherical splines. Angles from the vertex are
 * distances; the circle is the sphere's equator.
 */
export function scalpMap(title: string, values: readonly ScalpValue[], unit: string): string {
  const good = values.filter(({ value }) => Number.isFinite(value));
  const places = grid();
  const weights = splineWeights(
    good.map(({ position }) => position),
    places.map(({ position }) => position),
  );
  const found = places.map((_, k) =>
    good.reduce((sum, { value }, i) => sum + weights[k * good.length + i]! * value, 0),
  );
  const low = Math.min(...good.map(({ value }) => value));
  const high = Math.max(...good.map(({ value }) => value));
  const picture = new Uint8Array(4 * pixels * pixels);
  places.forEach(({ at }, k) => {
    const share = high > low ? (found[k]! - low) / (high - low) : 0.5;
    picture.set([...colourAt(share), 255], 4 * at);
  });
  const image = `data:image/png;base64,${Buffer.from(formatPng(picture, pixels)).toString("base64")}`;
  const side = 2 * reach * radius;
  const dots = values.map(({ label, position, value }) => {
    const [x, y] = project(position);
    const [cx, cy] = [tenth(x * radius), tenth(-y * radius)];
    const said = Number.isFinite(value) ? `${tenth(value)} ${unit}` : "bad, left out";
    return Number.isFinite(value)
      ? `<circle cx="${cx}" cy="${cy}" r="1.8" fill="#111"><title>${escapeText(label)}: ${said}</title></circle>`
      : `<circle cx="${cx}" cy="${cy}" r="3" fill="none" stroke="#d11" stroke-width="1.4"><title>${escapeText(label)}: ${said}</title></circle>`;
  });
  const bar = Array.from({ length: 20 }, (_, i) => {
    const [r, g, b] = colourAt((i + 0.5) / 20);
    return `<rect x="${-60 + 6 * i}" y="122" width="6.3" height="8" fill="rgb(${r} ${g} ${b})"/>`;
  });
  return (
    `<figure><svg viewBox="-120 -126 240 276" role="img" aria-label="${escapeText(title)}">` +
    `<clipPath id="head-${escapeText(title.replace(/\W+/g, ""))}"><circle r="${reach * radius}"/></clipPath>` +
    `<image href="${image}" x="${-side / 2}" y="${-side / 2}" width="${side}" height="${side}" clip-path="url(#head-${escapeText(title.replace(/\W+/g, ""))})" preserveAspectRatio="none"/>` +
    `<circle r="${radius}" class="head"/><path class="head" d="M-9 ${-radius + 0.5}L0 ${-radius - 13}L9 ${-radius + 0.5}"/>` +
    dots.join("") +
    bar.join("") +
    `<text x="-60" y="145" text-anchor="middle">${tenth(low)}</text><text x="60" y="145" text-anchor="middle">${tenth(high)}</text><text x="0" y="145" text-anchor="middle">${escapeText(unit)}</text>` +
    `</svg><figcaption>${escapeText(title)}</figcaption></figure>`
  );
}

/** From above: the vertex is the centre, the equator at distance 1. */
function project([x, y, z]: Position): readonly [number, number] {
  const across = Math.sqrt(x * x + y * y);
  const distance = Math.acos(Math.max(-1, Math.min(1, z))) / (Math.PI / 2);
  return across > 0 ? [(x / across) * distance, (y / across) * distance] : [0, 0];
}

/** The picture's pixels that lie on the head, with their places on the sphere. */
function grid(): readonly { readonly at: number; readonly position: Position }[] {
  return Array.from({ length: pixels * pixels }, (_, at) => {
    const x = (((at % pixels) + 0.5) / pixels - 0.5) * 2 * reach;
    const y = (0.5 - (Math.floor(at / pixels) + 0.5) / pixels) * 2 * reach;
    const distance = Math.sqrt(x * x + y * y);
    const angle = (distance * Math.PI) / 2;
    const across = distance > 0 ? Math.sin(angle) / distance : 0;
    return { at, distance, position: [x * across, y * across, Math.cos(angle)] as const };
  }).filter(({ distance }) => distance <= reach + 0.05);
}

/** Nine colours from dark blue over green to yellow, equally far apart to the eye. */
const colours = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
] as const;

function colourAt(share: number): readonly [number, number, number] {
  const place = Math.max(0, Math.min(1, share)) * (colours.length - 1);
  const below = Math.min(colours.length - 2, Math.floor(place));
  const mix = (i: 0 | 1 | 2): number =>
    Math.round(colours[below]![i] + (place - below) * (colours[below + 1]![i] - colours[below]![i]));
  return [mix(0), mix(1), mix(2)];
}
