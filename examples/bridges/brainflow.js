// Publishes what BrainFlow's streaming board sends to `brainwire serve`.
//   board.add_streamer("streaming_board://225.1.1.1:6677")          in the program that holds the board
//   node examples/bridges/brainflow.js --board cyton --from 225.1.1.1:6677 [--url ws://127.0.0.1:8765]
// A datagram is some packages (three, or BRAINFLOW_BATCH_SIZE) of `num_rows` doubles each, as
// https://github.com/brainflow-dev/brainflow/blob/master/src/board_controller/multicast_streamer.cpp writes them; which
// row is what, stands in brainflow_boards.cpp beside it, as `BoardShim.get_board_descr(board_id)` prints it.
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connect } from "brainwire/client";
import { createSampleCounter, datagrams, eegChannels } from "./sample-counter.js";

/** Boards whose description is at hand; that of others is read from a file of JSON. */
const boards = {
  cyton: {
    name: "Cyton",
    sampling_rate: 250,
    package_num_channel: 0,
    timestamp_channel: 22,
    num_rows: 24,
    eeg_channels: [1, 2, 3, 4, 5, 6, 7, 8],
    eeg_names: "Fp1,Fp2,C3,C4,P7,P8,O1,O2",
  },
  synthetic: {
    name: "Synthetic",
    sampling_rate: 250,
    package_num_channel: 0,
    timestamp_channel: 30,
    num_rows: 32,
    eeg_channels: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    eeg_names: "Fz,C3,Cz,C4,Pz,PO7,Oz,PO8,F5,F7,F3,F1,F2,F4,F6,F8",
  },
};

/** Publishes datagrams of a board; `counts` is how far its package number runs, 256 unless the board says otherwise. */
export function createBrainflowPublisher(live, board, counts = 256) {
  const { num_rows: rows, eeg_channels: eeg, sampling_rate: hz } = board;
  const names = board.eeg_names?.split(",") ?? eeg.map((row) => `EEG ${row}`);
  const indexOf = createSampleCounter({ modulo: counts, hz });
  const publication = live.publish({
    name: board.name,
    sourceId: `brainflow ${board.name}`,
    sfreq: { num: hz, den: 1 },
    channels: eegChannels(names),
  });
  return {
    datagram(bytes) {
      if (bytes.length === 0 || bytes.length % (8 * rows) !== 0)
        throw new Error(`${bytes.length} bytes are no packages of ${rows} doubles: is it another board?`);
      const value = (sample, row) => bytes.readDoubleLE(8 * (sample * rows + row));
      for (let sample = 0; sample < bytes.length / (8 * rows); sample++) {
        const seconds = value(sample, board.timestamp_channel);
        const start = indexOf(value(sample, board.package_num_channel), seconds);
        if (start === null) continue; // it came before
        publication.push(
          Float32Array.from(eeg, (row) => value(sample, row)),
          { start },
        );
      }
    },
    end: () => publication.end(),
  };
}

function main() {
  const { values } = parseArgs({
    options: {
      board: { type: "string", default: "cyton" },
      from: { type: "string", default: "225.1.1.1:6677" },
      url: { type: "string", default: "ws://127.0.0.1:8765" },
    },
  });
  const [address, port] = values.from.split(":");
  const board = boards[values.board] ?? JSON.parse(readFileSync(values.board, "utf8"));
  const live = connect(values.url, { token: process.env.BRAINWIRE_TOKEN });
  const publisher = createBrainflowPublisher(live, board);
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on(
    "message",
    datagrams((bytes) => publisher.datagram(bytes)),
  );
  const isMulticast = Number(address.split(".")[0]) >= 224;
  socket.bind(Number(port), isMulticast ? undefined : address, () => {
    if (isMulticast) socket.addMembership(address);
    console.log(`listening at ${values.from} for ${board.name}`);
  });
  process.once("SIGINT", () => {
    socket.close();
    publisher.end();
    live.close();
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
