import { cos, sin } from "./math.ts";
import type { Position } from "./stream-info.ts";

const fivePercentDown = Math.PI / 16;
const fivePercentAround = Math.PI / 20;

/** Names of a row's places from the midline outward, left side: z, 1h, 1, 3h, ... 9h, 9. */
const outward = ["z", "1h", "1", "3h", "3", "5h", "5", "7h", "7", "9h", "9"];

/** The rows from front to back, with their share of the arc from nasion to inion in steps of 5 %. */
const rows: readonly (readonly [name: string, lateral: string])[] = [
  ["N", ""], // 0 %
  ["NFp", ""],
  ["Fp", ""],
  ["AFp", "AFp"],
  ["AF", "AF"],
  ["AFF", "AFF"],
  ["F", "F"],
  ["FFC", "FFT"],
  ["FC", "FT"],
  ["FCC", "FTT"],
  ["C", "T"], // 50 %
  ["CCP", "TTP"],
  ["CP", "TP"],
  ["CPP", "TPP"],
  ["P", "P"],
  ["PPO", "PPO"],
  ["PO", "PO"],
  ["POO", "POO"],
  ["O", ""],
  ["OI", ""],
  ["I", ""], // 100 %
];

/** On the sphere, `azimuth` from the nose toward the left ear, `elevation` above the equator. */
function onSphere(azimuth: number, elevation: number): Position {
  return [snap(-sin(azimuth) * cos(elevation)), snap(cos(azimuth) * cos(elevation)), snap(sin(elevation))];
}

/** Cosines of right angles come out as 6e-17: an electrode on a plane lies on it. */
function snap(coordinate: number): number {
  return Math.abs(coordinate) < 1e-15 ? 0 : coordinate;
}

/** The midline electrode of a row: over the head from the nasion, Cz in the middle. */
function midline(row: number): Position {
  const fromVertex = (10 - row) * fivePercentDown;
  return [0, snap(sin(fromVertex)), snap(cos(fromVertex))];
}

/**
 * Places on the left half of the circle through an electrode of the equator, a midline electrode and the first
 * one's mirror image: `eighths` of the way from the midline. The angle is halved three times, then added up.
 */
function onRow(side: Position, middle: Position, eighths: number): Position {
  const [s, y0] = [-side[0], side[1]];
  const [, y1, z1] = middle;
  // The circle's centre is the foot of the perpendicular from the head's centre to the line (y0, 0) - (y1, z1).
  const share = (y0 * (y0 - y1)) / ((y0 - y1) * (y0 - y1) + z1 * z1);
  const [cy, cz] = [y0 + share * (y1 - y0), share * z1];
  const radius = Math.sqrt((y1 - cy) * (y1 - cy) + (z1 - cz) * (z1 - cz));
  const [uy, uz] = [(y1 - cy) / radius, (z1 - cz) / radius];
  let c = ((y0 - cy) * uy - cz * uz) / radius;
  let d = s / radius;
  for (let halving = 0; halving < 3; halving++) {
    const half = Math.sqrt((1 + c) / 2);
    d = d / (2 * half);
    c = half;
  }
  let [ce, de] = [1, 0];
  for (let k = 0; k < eighths; k++) [ce, de] = [ce * c - de * d, de * c + ce * d];
  const along = radius * ce;
  return [-radius * de, cy + along * uy, cz + along * uz];
}

/** Left electrode of a row, `place` steps from the midline. */
function leftOf(row: number, place: number): Position {
  const ring = row < 3 ? Math.min(row, 2) - 2 : row > 17 ? Math.min(20 - row, 2) - 2 : 0;
  if (row < 3 || row > 17) {
    // Around the forehead and the occiput a row runs along its ring: Fpz, Fp1h, Fp1.
    const fromMidline = row < 3 ? place : 20 - place;
    return onSphere(fromMidline * fivePercentAround, ring * fivePercentDown);
  }
  const side = onSphere(row * fivePercentAround, 0);
  if (place < 8) return onRow(side, midline(row), place);
  return onSphere(row * fivePercentAround, (8 - place) * fivePercentDown);
}

function mirrored([x, y, z]: Position): Position {
  return [x === 0 ? 0 : -x, y, z];
}

/** `7h` on the left is `8h` on the right. */
function rightName(place: string): string {
  return place.replace(/\d+/, (odd) => String(Number(odd) + 1));
}

function table(): ReadonlyMap<string, Position> {
  const positions = new Map<string, Position>();
  for (const [row, [name, lateral]] of rows.entries()) {
    const places = lateral === "" ? outward.slice(0, 3) : outward;
    const named = (place: number, suffix: string): string => (place > 6 ? lateral : name) + suffix;
    for (let place = places.length - 1; place > 0; place--)
      positions.set(named(place, places[place]!), leftOf(row, place));
    positions.set(`${name}z`, midline(row));
    for (let place = 1; place < places.length; place++)
      positions.set(named(place, rightName(places[place]!)), mirrored(leftOf(row, place)));
  }
  // Not of the system: earlobes below and behind the ear canals, mastoids 10 % further back, the tip of the nose.
  const earlobe = onSphere(11 * fivePercentAround, -3 * fivePercentDown);
  const mastoid = onSphere(12 * fivePercentAround, -3 * fivePercentDown);
  positions.set("A1", earlobe).set("A2", mirrored(earlobe));
  positions.set("M1", mastoid).set("M2", mirrored(mastoid));
  positions.set("Nose", onSphere(0, -4 * fivePercentDown));
  return positions;
}

/**
 * The 345 electrodes of the 10-05 system (Oostenveld & Praamstra, Clin. Neurophysiol. 112, 713-719, 2001) on the
 * unit sphere, and the few others that recordings name: mastoids, earlobes, nose.
 *
 * The system's distances are kept as angles. The median arc from nasion to inion passes over Fpz (10 %), Cz (50 %)
 * and Oz (90 %); the circle through Fpz, T7, Oz and T8 is taken as the equator, as spherical head models have it,
 * so 10 % of an arc over the head are 22.5°, and 10 % of a half circle around it are 18°. Each row between that
 * circle and the median arc (F7 - Fz - F8) is the circle through those three points, in eighths of a side.
 * Electrodes that end in 9 and 10 lie 10 % below the equator, those in 9h and 10h 5 %.
 */
export const electrodeTable: ReadonlyMap<string, Position> = table();
