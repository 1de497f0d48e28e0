import { hertz } from "../eeg/sfreq.ts";
import type { Watch } from "./shown.ts";
import { element, make, setText, type View } from "./view.ts";
import { statusWords } from "./words.ts";

/** What the page is connected to, how that fares, and what has happened. */
export interface StatusView extends View {
  /** Says something for a while. */
  notify(text: string): void;
  /** Stands where the traces would, while there are none; null: nothing. With a button where a token would help. */
  explain(text: string | null, needsToken?: boolean): void;
}

const noticeMs = 8000;
const shownEvents = 60;

export interface StatusSource {
  /** Whether the traces stand still. */
  frozen(): boolean;
  enterToken(): void;
}

export function createStatusView(source: StatusSource): StatusView {
  const status = element("status");
  const [, word, why] = [...status.children];
  const about = element("about");
  const quality = element("quality");
  const notice = element("notice");
  const empty = element("empty");
  const list = element("events");
  const counts = element("counts");
  let drawn: { readonly watched: Watch | null; readonly version: number } = { watched: null, version: -1 };
  let knownLoss: unknown = null;
  let said: { readonly text: string; readonly until: number } | null = null;
  let drawnStats: unknown = null;

  function drawEvents(watched: Watch): void {
    const { events } = watched;
    if (drawn.watched === watched && drawn.version === events.version) return;
    drawn = { watched, version: events.version };
    list.replaceChildren(
      ...events.events.slice(0, shownEvents).map(({ at, kind, text, times }) => {
        const item = make(
          "li",
          make("time", at.toTimeString().slice(0, 8)),
          make("span", times > 1 ? `${text} (${times} times)` : text),
        );
        item.dataset["kind"] = kind;
        return item;
      }),
    );
    if (events.loss !== null && events.loss !== knownLoss) notify(events.loss.text);
    knownLoss = events.loss;
  }

  function drawCounts({ stats, state }: Watch): void {
    if (stats === drawnStats) return;
    drawnStats = stats;
    const entries: (readonly [string, string])[] = stats
      ? [
          ["samples", stats.samples.toLocaleString("en")],
          ["decisions", stats.decisions.toLocaleString("en")],
          ["samples dropped", stats.droppedSamples.toLocaleString("en")],
          ["decisions dropped", stats.droppedDecisions.toLocaleString("en")],
          ["reconnects", String(stats.reconnects)],
        ]
      : [];
    if (stats && stats.roundTripMs !== null)
      entries.push(["round trip", `${stats.roundTripMs.toFixed(1)} ms`]);
    if (state.clock) {
      entries.push(["sender's clock", `${state.clock.driftPpm.toFixed(0)} ppm`]);
      entries.push(["arrival jitter", `${state.clock.jitterMs.toFixed(1)} ms`]);
    }
    counts.replaceChildren(
      ...entries.map(([name, value]) => make("div", make("dt", name), make("dd", value))),
    );
  }

  function notify(text: string): void {
    said = { text, until: performance.now() + noticeMs };
  }

  function drawNotice(nowMs: number): void {
    if (said && nowMs > said.until) said = null;
    const text =
      said?.text ?? (source.frozen() ? "Standing still; the stream goes on. Space to follow it again." : "");
    notice.hidden = text === "";
    setText(notice, text);
  }

  return {
    notify,
    explain(text, needsToken = false) {
      empty.hidden = text === null;
      const button = make("button", "Enter a token");
      button.addEventListener("click", () => source.enterToken());
      empty.replaceChildren(make("p", text ?? ""), ...(needsToken ? [make("p", button)] : []));
    },
    draw(watched, nowMs) {
      drawNotice(nowMs);
      if (!watched) return;
      const { state, shown } = watched;
      status.dataset["status"] = state.status;
      setText(word!, statusWords[state.status]);
      setText(why!, state.message ?? "");
      const info = state.stream?.info;
      setText(
        about,
        info ? `${info.channels.length} channels · ${Number(hertz(info.sfreq).toFixed(3))} Hz` : "",
      );
      const isRunning = state.status === "live" || state.status === "paused" || state.status === "ended";
      setText(quality, isRunning && shown?.quality ? goodness(shown.quality) : "");
      drawEvents(watched);
      drawCounts(watched);
    },
    restyle: () => undefined,
  };
}

/** `17 good, 1 flat, 1 noisy` */
function goodness(channels: readonly { readonly state: string }[]): string {
  const count = (state: string): number => channels.filter((channel) => channel.state === state).length;
  if (count("good") === channels.length) return "all channels good";
  return ["good", "flat", "noisy", "missing"]
    .flatMap((state) => (count(state) > 0 ? [`${count(state)} ${state}`] : []))
    .join(", ");
}
