import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** What a command shows while it works. Results go to stdout, everything here to stderr. */
export interface Terminal {
  /** Whether stderr is a screen that a line can be redrawn on. */
  readonly live: boolean;
  /** Draws `text` over the last live line; nothing where stderr is not a screen. */
  redraw(text: string): void;
  /** Removes the live line. */
  clear(): void;
  /** A line that stays. */
  say(text: string): void;
  /** Colours `text` where `stream` shows colours, else returns it as it is. */
  style(format: Style, text: string): string;
}

export function createTerminal(quiet: boolean): Terminal {
  const screen = process.stderr;
  const live = !quiet && screen.isTTY === true && process.env["TERM"] !== "dumb";
  const colours = live && screen.hasColors?.() !== false && process.env["NO_COLOR"] === undefined;
  let drawn = false;
  const clear = (): void => {
    if (drawn) screen.write("\r\x1b[2K");
    drawn = false;
  };
  return {
    live,
    clear,
    redraw(text) {
      if (!live) return;
      clear();
      screen.write(text);
      drawn = true;
    },
    say(text) {
      if (quiet) return;
      clear();
      screen.write(text + "\n");
    },
    style: (format, text) => (colours ? styleText(format, text) : text),
  };
}

/** `━━━━━━╌╌╌╌  60 %`, for a share of 0 to 1. */
export function bar(share: number, width = 24): string {
  const bounded = Math.min(1, Math.max(0, share));
  const full = Math.round(bounded * width);
  return `${"━".repeat(full)}${"╌".repeat(width - full)} ${String(Math.round(bounded * 100)).padStart(3)} %`;
}

/** `3:04.2`, from seconds. */
export function clock(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const minutes = Math.floor(tenths / 600);
  const rest = tenths - minutes * 600;
  return `${minutes}:${String(Math.floor(rest / 10)).padStart(2, "0")}.${rest % 10}`;
}
