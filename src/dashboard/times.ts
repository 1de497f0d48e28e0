/** `0:07`, `12:30`, `1:02:03`; with decimals `0:07.3`. */
export function clockText(seconds: number, decimals = 0): string {
  if (!(Math.abs(seconds) < 1e9)) return "–:––";
  const unit = 10 ** decimals;
  const whole = Math.floor(Math.abs(seconds) * unit + 1e-6);
  const rest = (whole % (60 * unit)) / unit;
  const minutes = Math.floor(whole / (60 * unit));
  const ss = rest.toFixed(decimals).padStart(decimals > 0 ? 3 + decimals : 2, "0");
  const sign = seconds < 0 && whole > 0 ? "−" : "";
  if (minutes < 60) return `${sign}${minutes}:${ss}`;
  return `${sign}${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${ss}`;
}

/** Seconds between labelled ticks, so that a window has at most about eight. */
export function tickSeconds(windowSeconds: number): number {
  return [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300].find((step) => windowSeconds / step <= 10) ?? 600;
}
