// Publishes the EEG of an Emotiv headset to `brainwire serve`, out of Emotiv's Cortex on the same machine.
//   EMOTIV_CLIENT_ID=... EMOTIV_CLIENT_SECRET=... node examples/bridges/emotiv.js [ws://127.0.0.1:8765] [wss://localhost:6868]
// Raw EEG needs a licence of Emotiv's. Messages are as documented at https://emotiv.gitbook.io/cortex-api and in
// https://github.com/Emotiv/cortex-example/blob/master/python/sub_data.py: each sample is a list of values that `cols`
// names, with a counter that wraps each second. What Cortex has interpolated is published as a gap.
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { connect } from "brainwire/client";
import { createSampleCounter, eegChannels } from "./sample-counter.js";

const notElectrodes = new Set(["COUNTER", "INTERPOLATED", "RAW_CQ", "MARKER_HARDWARE", "MARKERS"]);

/** JSON-RPC over Cortex's socket; whatever is no answer goes to `sample`. */
function cortex(socket, sample) {
  const waiting = new Map();
  let id = 0;
  socket.on("message", (text) => {
    const message = JSON.parse(String(text));
    if (message.eeg) return sample(message);
    const { resolve, reject } = waiting.get(message.id) ?? {};
    waiting.delete(message.id);
    if (message.error) reject?.(new Error(`Cortex: ${message.error.message} (${message.error.code})`));
    else resolve?.(message.result);
  });
  return (method, params) =>
    new Promise((resolve, reject) => {
      waiting.set(++id, { resolve, reject });
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
}

/** Publishes samples as Cortex sends them, in the order that `cols` says, `hz` a second. */
export function createEmotivPublisher(live, { cols, hz, headset }) {
  const electrodes = cols.filter((name) => !notElectrodes.has(name));
  const places = electrodes.map((name) => cols.indexOf(name));
  const [counter, interpolated] = [cols.indexOf("COUNTER"), cols.indexOf("INTERPOLATED")];
  const indexOf = createSampleCounter({ modulo: hz, hz });
  const publication = live.publish({
    name: headset,
    sourceId: `emotiv ${headset}`,
    sfreq: { num: hz, den: 1 },
    channels: eegChannels(electrodes),
  });
  return {
    sample({ eeg, time }) {
      const start = indexOf(eeg[counter], time);
      if (start === null || eeg[interpolated] === 1) return;
      publication.push(
        Float32Array.from(places, (place) => eeg[place]),
        { start },
      );
    },
    end: () => publication.end(),
  };
}

async function main(url = "ws://127.0.0.1:8765", cortexUrl = "wss://localhost:6868") {
  const { EMOTIV_CLIENT_ID: clientId, EMOTIV_CLIENT_SECRET: clientSecret } = process.env;
  // Cortex shows a certificate of its own making; it is on this machine.
  const socket = new WebSocket(cortexUrl, { rejectUnauthorized: !/^wss:\/\/localhost\b/.test(cortexUrl) });
  let publisher = null;
  const early = []; // samples come at once, before we know that we are subscribed
  const call = cortex(socket, (message) => (publisher ? publisher.sample(message) : early.push(message)));
  await once(socket, "open");
  await call("requestAccess", { clientId, clientSecret });
  const { cortexToken } = await call("authorize", { clientId, clientSecret });
  const [headset] = await call("queryHeadsets", {});
  if (!headset) throw new Error("Cortex knows of no headset: connect it in the EMOTIV Launcher");
  const session = await call("createSession", { cortexToken, headset: headset.id, status: "active" });
  const live = connect(url, { token: process.env.BRAINWIRE_TOKEN });
  const params = { cortexToken, session: session.id, streams: ["eeg"] };
  const { success, failure } = await call("subscribe", params);
  if (success.length === 0) throw new Error(`Cortex: ${failure[0].message} (${failure[0].code})`);
  const hz = headset.settings.eegRate;
  publisher = createEmotivPublisher(live, { cols: success[0].cols, hz, headset: headset.id });
  for (const message of early) publisher.sample(message);
  process.once("SIGINT", () => socket.close());
  await once(socket, "close");
  publisher.end();
  live.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2], process.argv[3]);
