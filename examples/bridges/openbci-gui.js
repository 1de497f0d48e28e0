// Publishes what the OpenBCI GUI's Networking widget sends to `brainwire serve`.
//   In the widget: protocol UDP, data type TimeSeriesRaw, 127.0.0.1, port 12345; then
//   node examples/bridges/openbci-gui.js --rate 250 --channels Fp1,Fp2,C3,C4,P7,P8,O1,O2 [--port 12345] [--url ws://...]
// Datagrams are {"type":"timeSeriesRaw","data":[[samples of channel 1],...]} in µV, as
// https://github.com/OpenBCI/OpenBCI_GUI/blob/master/OpenBCI_GUI/NetworkStreamOut.pde writes them. They hold neither a
// counter nor a time. So where they fall silent, what comes next is held for a second: either it catches up, then all
// of it is there, or it does not, then the silence is a gap. (The GUI fills packets that its dongle lost; its setting
// for that is best switched off.)
import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connect } from "brainwire/client";
import { datagrams, eegChannels } from "./sample-counter.js";

const silenceSeconds = 0.25;
const heldSeconds = 1;

/** Publishes datagrams; `now` is in seconds. */
export function createOpenbciPublisher(live, { hz, labels, now = () => performance.now() / 1000 }) {
  const publication = live.publish({
    name: "OpenBCI GUI",
    sourceId: `openbci-gui ${labels.join(" ")}`,
    sfreq: { num: hz, den: 1 },
    channels: eegChannels(labels),
  });
  let early = Infinity; // the least that samples were later than their count, of the last seconds
  let lates = [];
  let lastAt = now();
  let held = null;

  function send(data) {
    publication.push(Float32Array.from(data.flat()));
  }

  /** What was held after a silence goes out, behind a gap if it has not caught up. */
  function release() {
    const lost = Math.round((Math.min(...held.lates) - early) * hz);
    if (lost > silenceSeconds * hz * 0.8) publication.gap(lost, "lost");
    held.all.forEach(send);
    held = null;
    lates = [];
  }

  return {
    datagram(text) {
      const { type, data } = JSON.parse(text);
      if (type !== "timeSeriesRaw") return;
      if (data.length !== labels.length)
        throw new Error(`${data.length} channels came, ${labels.length} are named: see --channels`);
      const at = now();
      const isSilence = publication.next > 0 && at - lastAt > silenceSeconds;
      lastAt = at;
      if (held && isSilence) release();
      if (isSilence) held = { from: at, count: publication.next, all: [], lates: [] };
      if (held) {
        held.count += data[0].length;
        held.lates.push(at - held.count / hz);
        held.all.push(data);
        if (held.lates.at(-1) < early + 0.05 || at - held.from > heldSeconds) release();
        return;
      }
      send(data);
      lates = [...lates.slice(-99), at - publication.next / hz];
      early = Math.min(...lates);
    },
    end() {
      if (held) release();
      publication.end();
    },
  };
}

function main() {
  const { values } = parseArgs({
    options: {
      rate: { type: "string", default: "250" },
      channels: { type: "string", default: "Fp1,Fp2,C3,C4,P7,P8,O1,O2" },
      port: { type: "string", default: "12345" },
      url: { type: "string", default: "ws://127.0.0.1:8765" },
    },
  });
  const live = connect(values.url, { token: process.env.BRAINWIRE_TOKEN });
  const labels = values.channels.split(",");
  const publisher = createOpenbciPublisher(live, { hz: Number(values.rate), labels });
  const socket = createSocket("udp4");
  socket.on(
    "message",
    datagrams((bytes) => publisher.datagram(String(bytes))),
  );
  socket.bind(Number(values.port), "127.0.0.1", () => console.log(`listening at port ${values.port}`));
  process.once("SIGINT", () => {
    socket.close();
    publisher.end();
    live.close();
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
