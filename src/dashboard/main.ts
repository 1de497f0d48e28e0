/**
 * The page that `brainwire serve` answers with: a stream of the server, or a file that is decoded inside the page,
 * as traces, spectra, a map and labels.
 * @module
 */
import { openDirectory, type Directory, type DirectoryState } from "./directory.ts";
import { fileModels, openFileFeed } from "./file-feed.ts";
import { listenForFiles } from "./file-input.ts";
import { listenToKeys } from "./keyboard.ts";
import { createLabelTimelineView } from "./label-timeline-view.ts";
import { createLatencyView } from "./latency-view.ts";
import { openLive } from "./live-feed.ts";
import { createNowView } from "./now-view.ts";
import { createPlaybackBar } from "./playback-bar.ts";
import { createScalpView } from "./scalp-view.ts";
import { watch, type Watch } from "./shown.ts";
import { bands, createSpectra, type Band, type Spectra } from "./spectra.ts";
import { createSpectrumView } from "./spectrum-view.ts";
import { createStatusView } from "./status-view.ts";
import { createStreamPicker, type Choice } from "./stream-picker.ts";
import { onThemeChange, readTheme } from "./theme.ts";
import { createTokenDialog, storedToken } from "./token-dialog.ts";
import { createTraceTools } from "./trace-tools.ts";
import { createTracesView, type TracesView } from "./traces-view.ts";
import { choice, element, type View } from "./view.ts";

const unknownYet = { status: "connecting", message: null, isKnown: false, needsToken: false } as const;
const url = new URL("/", location.href);
url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
url.search = url.hash = "";

/** Channels whose spectrum is computed in one frame: a round takes a quarter of a second at most. */
const spectraBudget = 6;
const spectraEveryMs = 400;

let token = storedToken();
let directory: Directory | null = null;
let listed: DirectoryState | null = null;
let watched: Watch | null = null;
/** `live:NAME`, `file`, or nothing yet. */
let chosen: string | null = null;
/** The recording that was opened in this page, and what decodes it. */
let opened: { readonly files: readonly File[]; readonly model: string } | null = null;
/** Models that files can be decoded with; asked for with the first file. */
let models: readonly string[] = [];

const shared: { spectra: Spectra | null; shown: Watch["shown"]; band: Band } = {
  spectra: null,
  shown: null,
  band: bands[2]!,
};
let spectraMs = -Infinity;
let spectraRound = 0;

const traces: TracesView = createTracesView(element("traces"), () => queueMicrotask(() => tools.refresh()));
const tools = createTraceTools(() => traces);
const status = createStatusView({ frozen: () => traces.frozen, enterToken: () => askForToken("") });
const playback = createPlaybackBar((why) => status.notify(why));
const views: readonly View[] = [
  traces,
  createNowView({
    models: () => (opened && chosen === "file" ? models : []),
    choose(model) {
      opened = { files: opened!.files, model };
      choose("file");
    },
  }),
  createSpectrumView(element("spectrum"), shared),
  createScalpView(element("scalp"), shared),
  createLabelTimelineView(element("timeline")),
  createLatencyView(element("latency")),
  status,
];
const picker = createStreamPicker(choose);
const askForToken = createTokenDialog((given) => {
  token = given;
  look();
});
const chooseBand = choice(
  element("band"),
  bands.map(({ name, lowHz, highHz }) => [name, name, `${lowHz}–${highHz} Hz (B)`] as const),
  (name) => (shared.band = bands.find((band) => band.name === name)!),
);
chooseBand(shared.band.name);

/** Asks the server anew what it has. */
function look(): void {
  directory?.close();
  directory = openDirectory(url.href, token);
  directory.state$.subscribe((state) => {
    listed = state;
    if (state.status === "refused" && state.needsToken)
      askForToken(token === undefined ? "" : (state.message ?? ""));
    if (chosen === null || (chosen.startsWith("live:") && !watched)) chooseFirst();
    offer();
  });
}

function chooseFirst(): void {
  const names = listed?.streams.map(({ name }) => name) ?? [];
  const wanted = decodeURIComponent(location.hash.slice(1));
  const name = names.includes(wanted) ? wanted : names[0];
  if (name !== undefined) choose(`live:${name}`);
}

/** Shows what may be chosen, and why nothing is watched. */
function offer(): void {
  const choices: Choice[] = (listed?.streams ?? []).map(({ name }) => ({
    value: `live:${name}`,
    text: name,
  }));
  if (chosen?.startsWith("live:") && !choices.some(({ value }) => value === chosen))
    choices.push({ value: chosen, text: chosen.slice(5) });
  if (opened) choices.push({ value: "file", text: `${opened.files[0]!.name} (in this page)` });
  picker.show(choices, chosen);
  if (watched) return status.explain(null);
  const { status: found, message, isKnown, needsToken } = listed ?? unknownYet;
  if (found === "refused")
    status.explain(`The server refused the connection: ${message ?? "no reason given"}`, needsToken);
  else if (found === "lost") status.explain(`No connection: ${message}. Trying again.`);
  else if (isKnown)
    status.explain(
      "The server has no stream yet. It is shown as soon as one is published; or drop a recording here.",
    );
  else status.explain("Connecting.");
}

function present(next: Watch | null): void {
  watched?.close();
  watched = next;
}

function choose(value: string): void {
  if (value === "") return;
  chosen = value;
  if (value === "file") {
    present(watch(openFileFeed(opened!.files, { model: opened!.model }), changed));
    return offer();
  }
  const name = value.slice("live:".length);
  history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  const origin = listed?.streams.find((each) => each.name === name)?.origin;
  const waits = origin === "recording" || origin === "synthetic";
  present(watch(openLive(url.href, { stream: name, token, waits }), changed));
  offer();
}

function changed(next: Watch): void {
  if (watched && next !== watched) return;
  if (next.state?.needsToken) askForToken(next.state.message ?? "");
}

/** Decodes files inside the page: by the model of the stream that was watched, if it can. */
async function take(files: readonly File[]): Promise<void> {
  if (models.length === 0) models = await fileModels().catch(() => []);
  const wanted = opened?.model ?? watched?.state.stream?.model?.name ?? "eyes";
  const model = models.includes(wanted) ? wanted : models[0];
  if (model === undefined) return status.notify("The models cannot be fetched: is the server still running?");
  opened = { files, model };
  choose("file");
}

const openFiles = listenForFiles((files) => void take(files));

listenToKeys([
  { keys: [" "], shown: ["space"], does: "play or pause; where that cannot be, hold the traces", act: hold },
  {
    keys: ["arrowleft", "arrowright"],
    shown: ["←", "→"],
    does: "5 s back or on; with shift 30 s",
    act: step,
  },
  { keys: ["<", ","], shown: ["<"], does: "slower", act: () => playback.speed(-1) },
  { keys: [">", "."], shown: [">"], does: "faster", act: () => playback.speed(1) },
  { keys: ["l"], shown: ["L"], does: "loop", act: () => playback.loop() },
  { keys: ["+", "=", "arrowup"], shown: ["+"], does: "larger traces", act: () => tools.scale(-1) },
  { keys: ["-", "arrowdown"], shown: ["−"], does: "smaller traces", act: () => tools.scale(1) },
  { keys: ["a"], shown: ["A"], does: "pick the scale that fits", act: () => tools.autoScale() },
  { keys: ["["], shown: ["["], does: "fewer seconds in view", act: () => tools.seconds(-1) },
  { keys: ["]"], shown: ["]"], does: "more seconds in view", act: () => tools.seconds(1) },
  { keys: ["pageup"], shown: ["page up"], does: "channels before", act: () => tools.page(-1) },
  { keys: ["pagedown"], shown: ["page down"], does: "channels behind", act: () => tools.page(1) },
  { keys: ["d"], shown: ["D"], does: "next derivation", act: () => tools.nextDerivation() },
  { keys: ["f"], shown: ["F"], does: "filter on or off, for display", act: () => tools.nextFilter() },
  { keys: ["b"], shown: ["B"], does: "next band of the map", act: nextBand },
  { keys: ["n"], shown: ["N"], does: "next stream", act: () => picker.next() },
  { keys: ["o"], shown: ["O"], does: "open a file", act: () => openFiles() },
  {
    keys: ["?"],
    shown: ["?"],
    does: "this list",
    act: () => element<HTMLDialogElement>("help").showModal(),
  },
]);

function hold(): void {
  if (!playback.toggle()) traces.frozen = !traces.frozen;
}

function step({ key, shiftKey }: KeyboardEvent): void {
  playback.seekBy((key === "ArrowLeft" ? -1 : 1) * (shiftKey ? 30 : 5));
}

function nextBand(): void {
  chooseBand(bands[(bands.indexOf(shared.band) + 1) % bands.length]!.name);
}

function computeSpectra(nowMs: number): void {
  const shown = watched?.shown ?? null;
  if (shown !== shared.shown) {
    shared.shown = shown;
    shared.spectra = shown && createSpectra(shown.track);
    spectraRound = 0;
    spectraMs = -Infinity;
  }
  if (!shown || !shared.spectra || nowMs - spectraMs < spectraEveryMs) return;
  shared.spectra.step(spectraBudget, shown.bad);
  if (shared.spectra.round === spectraRound) return;
  spectraRound = shared.spectra.round;
  spectraMs = nowMs;
}

/** Runs only while the page is seen: browsers call it for nothing else. */
function frame(nowMs: number): void {
  requestAnimationFrame(frame);
  computeSpectra(nowMs);
  for (const view of views) view.draw(watched, nowMs);
  playback.draw(watched);
}

function restyle(): void {
  const theme = readTheme();
  for (const view of views) view.restyle(theme);
}

restyle();
onThemeChange(restyle);
look();
requestAnimationFrame(frame);
