import { BehaviorSubject, type Observable } from "rxjs";
import { connect } from "../client/index.ts";
import { closeCodes } from "../protocol/protocol-error.ts";
import type { StreamDescription } from "../protocol/stream-schema.ts";

export interface DirectoryState {
  readonly status: "connecting" | "open" | "lost" | "refused";
  /** Why it is lost or refused. */
  readonly message: string | null;
  /** Whether another token could help. */
  readonly needsToken: boolean;
  /** What the server has; empty before it has said so. */
  readonly streams: readonly StreamDescription[];
  /** Whether it has. */
  readonly isKnown: boolean;
}

/** What a server has to offer, looked at again and again; nothing is subscribed to. */
export interface Directory {
  readonly state$: Observable<DirectoryState>;
  close(): void;
}

const everyMs = 4000;

/** @param url of the WebSocket */
export function openDirectory(url: string, token: string | undefined): Directory {
  const live = connect(url, { longestRetryMs: 3000, ...(token === undefined ? {} : { token }) });
  const state = new BehaviorSubject<DirectoryState>({
    status: "connecting",
    message: null,
    needsToken: false,
    streams: [],
    isKnown: false,
  });
  const change = (part: Partial<DirectoryState>): void => state.next({ ...state.value, ...part });

  function look(): void {
    if (state.value.status !== "open") return;
    live.streams().then(
      (streams) => state.closed || change({ streams, isKnown: true }),
      () => undefined, // the connection was lost: another look follows
    );
  }

  const following = live.state$.subscribe(({ connection }) => {
    if (connection.status === "open") {
      change({ status: "open", message: null });
      look();
    } else if (connection.status === "waiting")
      change({ status: "lost", message: connection.reason || "the server does not answer" });
    else if (connection.status === "closed") {
      const { code, reason } = connection;
      const needsToken = code === closeCodes.PROTOCOL_TOKEN || code === closeCodes.PROTOCOL_ROLE;
      change({ status: "refused", message: reason, needsToken });
    }
  });
  const timer = setInterval(look, everyMs);

  return {
    state$: state.asObservable(),
    close() {
      clearInterval(timer);
      following.unsubscribe();
      live.close();
      state.complete();
    },
  };
}
