import { regions, type Region } from "./region.ts";

/** The page's colours as the style sheet has them now; canvases draw with them. */
export interface Theme {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly grid: string;
  readonly panel: string;
  readonly sunk: string;
  readonly accent: string;
  readonly warn: string;
  readonly bad: string;
  readonly gap: string;
  readonly other: string;
  readonly regions: Readonly<Record<Region, string>>;
  /** Of labels, in the model's order. */
  label(index: number): string;
}

const labelColours = 6;
const plain = [
  "ink",
  "soft",
  "line",
  "grid",
  "panel",
  "sunk",
  "accent",
  "warn",
  "bad",
  "gap",
  "other",
] as const;

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const named = <Name extends string>(names: readonly Name[]): Record<Name, string> =>
    Object.fromEntries(names.map((name) => [name, colour(name)])) as Record<Name, string>;
  const labels = Array.from({ length: labelColours }, (_, i) => colour(`label-${i}`));
  return {
    ...named(plain),
    regions: named(regions),
    label: (index) => labels[index % labelColours] ?? colour("ink"),
  };
}

/** Calls back when the user or her system changes from light to dark or back. */
export function onThemeChange(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

export const font = (px: number): string =>
  `${px}px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif`;
