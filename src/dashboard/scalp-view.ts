import { colourRamp } from "./colour-ramp.ts";
import { interpolate, scalpGrid, scalpReach, type ScalpGrid } from "./scalp-grid.ts";
import { bandPower, type Band, type Spectra } from "./spectra.ts";
import type { SpectrumSource } from "./spectrum-view.ts";
import { font, type Theme } from "./theme.ts";
import { make, onResize, pixelRatio, type View } from "./view.ts";

/** Pixels a side of what is interpolated; the browser smooths it up to the size that is seen. */
const gridSize = 40;
/** A map of less than this many dB from least to most would be noise blown up. */
const leastRange = 3;
/** A channel that turns bad or good again changes the map's geometry only if it stays so. */
const settledRounds = 6;

/** Power within the selected band, over the head. */
export function createScalpView(root: HTMLElement, source: SpectrumSource): View {
  const canvas = make("canvas");
  canvas.setAttribute("role", "img");
  root.append(canvas);
  const context = canvas.getContext("2d")!;
  const small = make("canvas");
  small.width = small.height = gridSize;
  const smallContext = small.getContext("2d")!;
  const image = smallContext.createImageData(gridSize, gridSize);
  let theme: Theme | null = null;
  let size = { width: 0, height: 0 };
  let spectra: Spectra | null = null;
  let round = -1;
  let band: Band | null = null;
  let grid: ScalpGrid | null = null;
  let members: readonly number[] = [];
  let waited = 0;
  let values = new Float64Array(0);
  let mixed = new Float64Array(0);
  let range: [low: number, high: number] | null = null;

  function regrid(channels: readonly number[]): void {
    const { shown } = source;
    members = channels;
    waited = 0;
    const positions = channels.map((c) => shown!.track.info.channels[c]!.position!);
    grid = scalpGrid(positions, gridSize);
    values = new Float64Array(channels.length);
    mixed = new Float64Array(grid?.pixels.length ?? 0);
  }

  function hasPlaces(): boolean {
    const channels = source.shown?.track.info.channels;
    return !channels || channels.filter(({ type, position }) => type === "eeg" && position).length > 3;
  }

  /** @returns whether there is something to show */
  function compute(): boolean {
    const { spectra: from, shown, band: of } = source;
    if (!from || !shown) return false;
    const placed = from.channels.filter((c) => shown.track.info.channels[c]!.position !== null);
    const good = placed.filter((c) => !shown.bad.has(c) && from.power(c));
    if (good.join() !== members.join() && (members.length === 0 || ++waited > settledRounds)) regrid(good);
    else if (good.join() === members.join()) waited = 0;
    if (!grid) return false;
    const levels = members.map((c) => {
      const power = from.power(c);
      return power ? 10 * Math.log10(bandPower(from.frequencies, power, of) + 1e-9) : NaN;
    });
    const there = levels.filter((level) => !Number.isNaN(level));
    const mean = there.reduce((sum, level) => sum + level, 0) / there.length;
    levels.forEach((level, i) => (values[i] = Number.isNaN(level) ? mean : level));
    interpolate(grid, values, mixed);
    const low = Math.min(...there);
    const high = Math.max(low + leastRange, ...there);
    // colours follow slowly: a burst changes the map, not what its colours mean
    range = range ? [range[0] + (low - range[0]) * 0.3, range[1] + (high - range[1]) * 0.3] : [low, high];
    return there.length > 0;
  }

  function paint(isKnown: boolean): void {
    const ratio = pixelRatio();
    const { width, height } = size;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!theme) return;
    const bar = 62;
    const radius = Math.max(10, Math.min((height - 12) / 2 / 1.1, (width - bar) / 2.3));
    const x = (width - bar) / 2;
    const y = height / 2 + radius * 0.05;
    if (isKnown && grid && range) fill(x, y, radius);
    outline(x, y, radius);
    context.fillStyle = theme.soft;
    context.font = font(12);
    context.textAlign = "center";
    context.textBaseline = "middle";
    if (isKnown && range) scaleBar(width - bar + 8, height);
    else if (source.shown) context.fillText(hasPlaces() ? "collecting" : "no electrode positions", x, y);
  }

  function fill(x: number, y: number, radius: number): void {
    const [low, high] = range!;
    const { pixels, electrodes } = grid!;
    image.data.fill(0);
    for (let p = 0; p < pixels.length; p++) {
      const level = Math.round((255 * (mixed[p]! - low)) / (high - low));
      const at = 4 * Math.min(255, Math.max(0, level));
      image.data.set(colourRamp.subarray(at, at + 4), 4 * pixels[p]!);
    }
    smallContext.putImageData(image, 0, 0);
    context.save();
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.clip();
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    const reach = radius * scalpReach;
    context.drawImage(small, x - reach, y - reach, 2 * reach, 2 * reach);
    context.restore();
    context.fillStyle = "rgb(0 0 0 / 65%)";
    const dot = electrodes.length > 32 ? 1.2 : 1.7;
    for (const [ex, ey] of electrodes) {
      if (Math.hypot(ex, ey) > 1.02) continue;
      context.beginPath();
      context.arc(x + ex * radius, y + ey * radius, dot, 0, 2 * Math.PI);
      context.fill();
    }
  }

  function outline(x: number, y: number, radius: number): void {
    context.strokeStyle = theme!.soft;
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    const nose = 0.11;
    context.moveTo(x - radius * nose, y - radius * Math.sqrt(1 - nose * nose));
    context.lineTo(x, y - radius * 1.1);
    context.lineTo(x + radius * nose, y - radius * Math.sqrt(1 - nose * nose));
    context.stroke();
    for (const side of [-1, 1]) {
      context.beginPath();
      context.ellipse(x + side * radius * 1.03, y, radius * 0.045, radius * 0.13, 0, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  function scaleBar(x: number, height: number): void {
    const [low, high] = range!;
    const top = 20;
    const tall = height - 2 * top;
    for (let i = 0; i < tall; i++) {
      const at = 4 * Math.round(255 * (1 - i / tall));
      context.fillStyle = `rgb(${colourRamp[at]} ${colourRamp[at + 1]} ${colourRamp[at + 2]})`;
      context.fillRect(x, top + i, 10, 1.5);
    }
    context.fillStyle = theme!.soft;
    context.textAlign = "left";
    context.fillText(high.toFixed(0), x + 15, top + 4);
    context.fillText(low.toFixed(0), x + 15, top + tall - 4);
    context.fillText("dB µV²", x, 8);
  }

  onResize(root, (width, height) => {
    size = { width, height };
    canvas.width = Math.round(width * pixelRatio());
    canvas.height = Math.round(height * pixelRatio());
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    round = -1;
  });

  return {
    draw() {
      if (source.spectra !== spectra) {
        ({ spectra } = source);
        members = [];
        grid = null;
        range = null;
        round = -1;
      }
      const present = spectra?.round ?? 0;
      if (present === round && source.band === band) return;
      if (band !== source.band) range = null;
      round = present;
      ({ band } = source);
      canvas.setAttribute("aria-label", `Power of ${band.name} over the head`);
      paint(compute());
    },
    restyle(next) {
      theme = next;
      round = -1;
    },
  };
}
