// Publishes the EEG of a Neurosity Crown or Notion to `brainwire serve`.
//   npm install @neurosity/sdk
//   NEUROSITY_DEVICE_ID=... NEUROSITY_EMAIL=... NEUROSITY_PASSWORD=... node examples/bridges/neurosity.js [ws://127.0.0.1:8765]
// Epochs are as documented at https://docs.neurosity.co/docs/api/brainwaves: some samples a channel (16 on the Crown),
// with the time of the first in milliseconds, the rate and the channels' names. There is no counter: an epoch is
// where its time says, to the nearest epoch, so jitter of less than half an epoch moves nothing.
import { fileURLToPath } from "node:url";
import { connect } from "brainwire/client";
import { eegChannels } from "./sample-counter.js";

/** A clock that jumps by more is another clock: what follows is another segment. */
const longestJumpMs = 60_000;

/**
 * @param epochs$ observable of epochs, such as `neurosity.brainwaves("rawUnfiltered")`
 * @param live a connection to the server
 */
export function publishEpochs(epochs$, live, name = "Neurosity") {
  let publication = null;
  let format = "";
  let last = { start: 0, ms: 0, nSamples: 0 };

  function begin(info, ms) {
    const { channelNames, samplingRate } = info;
    const stream = {
      name,
      sourceId: `neurosity ${name}`,
      sfreq: { num: samplingRate, den: 1 },
      channels: eegChannels(channelNames),
    };
    if (publication) publication.restart(stream);
    else publication = live.publish(stream);
    format = JSON.stringify([channelNames, samplingRate]);
    last = { start: 0, ms, nSamples: 0 };
  }

  const subscription = epochs$.subscribe(({ data, info }) => {
    const nSamples = data[0].length;
    const ms = info.startTime;
    if (format !== JSON.stringify([info.channelNames, info.samplingRate])) begin(info, ms);
    else if (Math.abs(ms - last.ms) > longestJumpMs) begin(info, ms);
    else {
      const epochs = Math.round(((ms - last.ms) * info.samplingRate) / (1000 * nSamples));
      if (epochs < 0)
        begin(info, ms); // its clock was set back
      else last = { start: last.start + Math.max(1, epochs) * last.nSamples, ms, nSamples };
    }
    last.nSamples = nSamples;
    publication.push(Float32Array.from(data.flat()), { start: last.start });
  });
  return () => {
    subscription.unsubscribe();
    publication?.end();
  };
}

async function main(url = "ws://127.0.0.1:8765") {
  const { Neurosity } = await import("@neurosity/sdk");
  const neurosity = new Neurosity({ deviceId: process.env.NEUROSITY_DEVICE_ID });
  await neurosity.login({
    email: process.env.NEUROSITY_EMAIL,
    password: process.env.NEUROSITY_PASSWORD,
  });
  // Unfiltered: the models filter for themselves, and refuse what was filtered otherwise.
  const live = connect(url, { token: process.env.BRAINWIRE_TOKEN });
  const stop = publishEpochs(neurosity.brainwaves("rawUnfiltered"), live);
  process.once("SIGINT", () => {
    stop();
    live.close();
    void neurosity.disconnect();
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2]);
