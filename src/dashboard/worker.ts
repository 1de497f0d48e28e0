// Decodes a file inside the page, off the thread that draws: bytes of the user's file in, decisions out. Nothing
// leaves the machine.
import "./no-eval.ts";
import { failure, openFilePlayer, type FilePlayer } from "./file-player.ts";
import type { FromWorker, ToWorker } from "./worker-message.ts";

/** The part of a worker's global scope that is used here (TypeScript's library has either a page's or a worker's). */
interface WorkerScope {
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
  postMessage(message: FromWorker, transfer?: readonly ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;
let player: FilePlayer | null = null;

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "open":
      openFilePlayer(data, (message, transfer = []) => scope.postMessage(message, transfer)).then(
        (opened) => {
          player = opened;
          player.playback.start();
        },
        (error: unknown) => scope.postMessage(failure(error)),
      );
      break;
    case "control":
      player?.playback.control(data.action);
      scope.postMessage({ kind: "done", request: data.request });
      break;
    case "credit":
      player?.credit();
  }
};
