import type { Feed, FeedState } from "./feed.ts";
import type { Watch } from "./shown.ts";
import { clockText } from "./times.ts";
import { element, setText } from "./view.ts";

/** What the keyboard does, beside the buttons. Each does nothing where there is nothing to control. */
export interface PlaybackBar {
  draw(watched: Watch | null): void;
  /** @returns false if there is nothing to play or pause */
  toggle(): boolean;
  seekBy(seconds: number): void;
  speed(by: 1 | -1): void;
  loop(): void;
}

const speeds = [0.25, 0.5, 1, 2, 4, 8, "max"] as const;

/** Play, pause, seek, speed and loop, where the stream is a recording. @param failed told why something was not done */
export function createPlaybackBar(failed: (why: string) => void): PlaybackBar {
  const bar = element("playback");
  const play = element<HTMLButtonElement>("play");
  const position = element("position");
  const duration = element("duration");
  const seek = element<HTMLInputElement>("seek");
  const speed = element<HTMLSelectElement>("speed");
  const loop = element<HTMLButtonElement>("loop");
  const denied = element("denied");
  let feed: Feed | null = null;
  let state: FeedState | null = null;
  let at = 0;
  let isDragging = false;

  speed.append(...speeds.map((each) => new Option(each === "max" ? "max" : `${each}×`, String(each))));

  const may = (): boolean => !!feed && !!state?.controls && !!state.playback;

  function act(action: (controls: Feed["controls"]) => Promise<void>): void {
    if (!may()) return;
    action(feed!.controls).catch((error: Error) => failed(error.message));
  }

  function goTo(seconds: number): void {
    const longest = state!.playback!.durationSeconds;
    at = Math.min(Math.max(0, longest - 0.05), Math.max(0, seconds));
    act((controls) => controls.seek(at));
  }

  function setSpeed(to: number | "max"): void {
    act((controls) => controls.speed(to));
  }

  const bars: PlaybackBar = {
    draw(watched) {
      feed = watched?.feed ?? null;
      state = watched?.state ?? null;
      const playback = state?.playback ?? null;
      bar.hidden = playback === null;
      if (!playback || !state || !watched) return;
      const controls = may();
      for (const each of [play, seek, speed, loop]) each.disabled = !controls;
      denied.hidden = controls || state.status === "lost" || state.status === "connecting";
      const stands = state.status === "paused" || state.status === "ended" || state.status === "ready";
      if (stands !== (play.dataset["do"] === "play")) {
        play.dataset["do"] = stands ? "play" : "pause";
        play.setAttribute("aria-label", stands ? "Play" : "Pause");
      }
      at = Math.min(playback.durationSeconds, watched.position ?? playback.positionSeconds);
      setText(position, clockText(isDragging ? Number(seek.value) : at));
      setText(duration, clockText(playback.durationSeconds));
      if (seek.max !== String(playback.durationSeconds)) seek.max = String(playback.durationSeconds);
      if (!isDragging && Math.abs(Number(seek.value) - at) >= 0.1) {
        seek.value = String(at);
        seek.setAttribute("aria-valuetext", clockText(at));
      }
      const shownSpeed = String(playback.speed);
      if (![...speed.options].some(({ value }) => value === shownSpeed))
        speed.append(new Option(`${shownSpeed}×`, shownSpeed));
      if (document.activeElement !== speed || !controls) speed.value = shownSpeed;
      loop.setAttribute("aria-pressed", String(playback.loop));
    },
    toggle() {
      if (!may()) return false;
      const isEnded = state!.status === "ended";
      const stands = isEnded || state!.status === "paused" || state!.status === "ready";
      act((controls) => (stands ? controls.play() : controls.pause()));
      return true;
    },
    seekBy(seconds) {
      if (may()) goTo(at + seconds);
    },
    speed(by) {
      if (!may()) return;
      const now = state!.playback!.speed;
      const place = speeds.findIndex((each) => each === now);
      const next = speeds[place < 0 ? 2 : place + by];
      if (next !== undefined) setSpeed(next);
    },
    loop: () => act((controls) => controls.loop(!state!.playback!.loop)),
  };

  play.addEventListener("click", () => bars.toggle());
  loop.addEventListener("click", () => bars.loop());
  speed.addEventListener("change", () => {
    setSpeed(speed.value === "max" ? "max" : Number(speed.value));
    speed.blur();
  });
  seek.addEventListener("input", () => (isDragging = true));
  seek.addEventListener("change", () => {
    isDragging = false;
    if (may()) goTo(Number(seek.value));
  });
  return bars;
}
