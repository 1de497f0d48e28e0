import {
  BehaviorSubject,
  filter,
  interval,
  last,
  map,
  Observable,
  share,
  takeUntil,
  type Subscriber,
} from "rxjs";
import type { Gap, Item, Samples } from "../eeg/item.ts";
import type { ClientMessageInput, What } from "../protocol/client-message.ts";
import { ProtocolError, type ProtocolErrorCode } from "../protocol/protocol-error.ts";
import type { ServerMessage } from "../protocol/server-message.ts";
import type { StreamDescription } from "../protocol/stream-schema.ts";
import { createPull } from "./pull.ts";
import { createLink, type LinkEvents, type LinkState } from "./link.ts";
import {
  liveInfo,
  type ConnectOptions,
  type Live,
  type LiveEvent,
  type LiveInfo,
  type LiveState,
  type StreamState,
} from "./live.ts";
import { createPublication, type PublicationControl } from "./publication.ts";
import type { OpenSocket } from "./socket.ts";
import { createStatistics } from "./statistics.ts";
import { createSubscription } from "./subscription.ts";
import { createTiling } from "./tiling.ts";

interface Listener {
  readonly what: readonly What[];
  next(event: LiveEvent): void;
  end(error: Error | null): void;
  /** Whether it holds so much that the server should wait. */
  full?(): boolean;
}

interface Pending {
  resolve(message: ServerMessage | null): void;
  reject(error: Error): void;
}

const closedError = (): ProtocolError => new ProtocolError("PROTOCOL_TIMEOUT", "the connection was closed");

/** Connects to a server, in the browser's way or Node's. */
export function connectWith(openSocket: OpenSocket, url: string, options: ConnectOptions = {}): Live {
  const {
    afterEnd = "complete",
    credit = 256,
    timeoutMs = 10_000,
    retryMs = 250,
    longestRetryMs = 10_000,
  } = options;
  const listeners = new Set<Listener>();
  const publications = new Set<PublicationControl>();
  const publicationByRequest = new Map<number, PublicationControl>();
  const publicationByStream = new Map<number, PublicationControl>();
  const pending = new Map<number, Pending>();
  const statistics = createStatistics();
  let requests = 0;
  let scheduled = false;
  let asked = "";
  let subscribeRequest = -1;
  let over: { error: Error | null } | null = null;
  let streamState: StreamState | null = null;

  const subscription = createSubscription(
    {
      stream: options.stream,
      delivery: options.delivery ?? "lossless",
      encoding: options.encoding ?? "binary",
      from: options.from,
      credit,
    },
    deliver,
  );
  const events: LinkEvents = {
    ready() {
      asked = "";
      ask();
      for (const publication of publications) announce(publication);
    },
    message,
    samples(frame) {
      subscription.samples(frame);
      giveCredit();
    },
    closed: (error) => finish(error),
  };
  const link = createLink(
    { url, token: options.token, timeoutMs, retryMs, longestRetryMs, openSocket },
    events,
  );
  const state = new BehaviorSubject<LiveState>({
    connection: { status: "connecting", attempt: 0 },
    stream: null,
  });
  link.state$.subscribe({ next: follow, complete: () => state.complete() });

  function follow(connection: LinkState): void {
    if (connection.status === "waiting") {
      if (connection.attempt === 1) statistics.reconnect();
      subscription.interrupt();
      for (const publication of publications) publication.interrupt();
      for (const waiting of pending.values())
        waiting.reject(new ProtocolError("PROTOCOL_TIMEOUT", "the connection was lost"));
      pending.clear();
    }
    state.next({ connection, stream: streamState });
  }

  function deliver(event: LiveEvent): void {
    statistics.push(event);
    if (event.kind === "state") {
      streamState = event.state;
      state.next({ ...state.value, stream: streamState });
    }
    for (const listener of listeners) listener.next(event);
    if (event.kind === "state" && event.state.status === "ended" && afterEnd === "complete")
      endListeners(null);
  }

  function endListeners(error: Error | null): void {
    listeners.forEach((listener) => listener.end(error));
  }

  function finish(error: Error | null): void {
    over = { error };
    for (const waiting of pending.values()) waiting.reject(error ?? closedError());
    pending.clear();
    for (const publication of publications) publication.refused(error ?? closedError());
    endListeners(error);
  }

  function message(received: ServerMessage): void {
    if (received.kind === "error") return fault(received);
    if (received.kind === "published") {
      const publication =
        publicationByRequest.get(received.request ?? -1) ?? publicationByStream.get(received.stream);
      publicationByRequest.delete(received.request ?? -1);
      if (publication) publicationByStream.set(received.stream, publication);
      return publication?.published(received);
    }
    if ("request" in received && received.request !== undefined && received.kind !== "subscribed") {
      pending.get(received.request)?.resolve(received);
      pending.delete(received.request);
    }
    subscription.message(received);
    giveCredit();
  }

  function fault({ request, code, message: text, fatal }: Extract<ServerMessage, { kind: "error" }>): void {
    const error = new ProtocolError(code as ProtocolErrorCode, text);
    if (request === undefined || fatal) return; // the close that follows a fatal one says the same
    pending.get(request)?.reject(error);
    pending.delete(request);
    const publication = publicationByRequest.get(request);
    publicationByRequest.delete(request);
    // the server has not noticed yet that our last connection is lost
    if (publication?.wasTaken && code === "PROTOCOL_CONFLICT") later(() => announce(publication));
    else publication?.refused(error);
    if (request !== subscribeRequest) return;
    if (subscription.known)
      setTimeout(again, retryMs * 4); // its publisher may be on the way back, as we are
    else endListeners(error);
  }

  function later(action: () => void): void {
    setTimeout(() => link.isOpen && action(), retryMs * 4);
  }

  function again(): void {
    asked = "";
    ask();
  }

  /** Asks for what somebody listens to, if that has changed. */
  function ask(): void {
    scheduled = false;
    if (!link.isOpen) return;
    const wanted = [...new Set([...listeners].flatMap(({ what }) => what))].sort();
    if (wanted.join() === asked) return;
    asked = wanted.join();
    if (wanted.length > 0) {
      subscribeRequest = requests++;
      link.send({ ...subscription.request(wanted), request: subscribeRequest } as ClientMessageInput);
    } else if (subscription.info) {
      link.send({ kind: "unsubscribe", stream: subscription.info.stream });
    }
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(ask);
  }

  function giveCredit(): void {
    for (const listener of listeners) if (listener.full?.()) return;
    const grant = subscription.grant();
    if (grant) link.send(grant);
  }

  function listen(listener: Listener): () => void {
    if (over) {
      listener.end(over.error);
      return () => undefined;
    }
    listeners.add(listener);
    schedule();
    return () => {
      if (listeners.delete(listener)) schedule();
    };
  }

  function observe<T>(
    what: What | null,
    handle: (subscriber: Subscriber<T>) => (event: LiveEvent) => void,
  ): Observable<T> {
    return new Observable<T>((subscriber) =>
      listen({
        what: what === null ? [] : [what],
        next: handle(subscriber),
        end: (error) => (error ? subscriber.error(error) : subscriber.complete()),
      }),
    );
  }

  function answer(make: (request: number) => ClientMessageInput): Promise<ServerMessage | null> {
    return new Promise((resolve, reject) => {
      if (over) return reject(over.error ?? closedError());
      const request = requests++;
      const attempt = (): boolean => {
        if (!link.send(make(request))) return false;
        pending.set(request, { resolve, reject });
        return true;
      };
      if (attempt()) return;
      const opened = state.pipe(filter(({ connection }) => connection.status === "open")).subscribe(() => {
        if (attempt()) queueMicrotask(() => opened.unsubscribe());
      });
    });
  }

  function announce(publication: PublicationControl): void {
    const request = requests++;
    publicationByRequest.set(request, publication);
    publication.announce(request);
  }

  /** Hands a listener the samples in a form of its own: nobody sees what another writes into them. */
  function tiled(give: (item: LiveInfo | Samples | Gap) => void): (event: LiveEvent) => void {
    const tiling = createTiling();
    if (subscription.info) tiling.push(liveInfo(subscription.info)).forEach(give);
    return (event) => {
      if (event.kind !== "info" && event.kind !== "samples" && event.kind !== "gap") return;
      for (const item of tiling.push(event))
        give(item.kind === "samples" && listeners.size > 1 ? { ...item, data: item.data.slice() } : item);
    };
  }

  return {
    decisions$: observe("decisions", (subscriber) => (event) => {
      if (event.kind === "decision") subscriber.next(structuredClone(event.decision));
    }),
    samples$: observe("samples", (subscriber) => tiled((item) => subscriber.next(item))),
    markers$: observe("markers", (subscriber) => (event) => {
      if (event.kind === "marker") subscriber.next({ ...event.marker });
    }),
    quality$: observe("quality", (subscriber) => (event) => {
      if (event.kind === "quality") subscriber.next(structuredClone(event.quality));
    }),
    drops$: observe(null, (subscriber) => (event) => {
      if (event.kind === "drop") subscriber.next(event.drop);
    }),
    stats$: interval(1000).pipe(
      takeUntil(state.pipe(last())),
      map(() => statistics.take(link.clock())),
      share(),
    ),
    state$: state.asObservable(),
    get info() {
      return subscription.info;
    },
    async streams() {
      const got = await answer((request) => ({ kind: "list", request }));
      return got?.kind === "streams" ? got.streams : ([] as readonly StreamDescription[]);
    },
    items() {
      return createPull<Item>(
        credit,
        (pull) =>
          listen({
            what: ["samples"],
            next: tiled((item) => pull.push(item)),
            end: (error) => pull.end(error),
            full: () => pull.full(),
          }),
        giveCredit,
      );
    },
    events(what) {
      return createPull<LiveEvent>(
        credit,
        (pull) => {
          const give = tiled((item) => pull.push(item));
          return listen({
            what,
            next(event) {
              if (event.kind === "info" || event.kind === "samples" || event.kind === "gap") give(event);
              else pull.push(event);
            },
            end: (error) => pull.end(error),
            full: () => pull.full(),
          });
        },
        giveCredit,
      );
    },
    async control(action) {
      const stream =
        subscription.info?.stream ??
        (await this.streams()).find(({ name }) => name === (options.stream ?? name))?.stream;
      if (stream === undefined) throw new ProtocolError("PROTOCOL_STREAM", "there is no stream to control");
      await answer((request) => ({ kind: "control", request, stream, action }));
    },
    publish(info) {
      const publication = createPublication(
        {
          send: (out) => link.send(out),
          sendFrame: (bytes) => link.sendFrame(bytes),
          get bufferedBytes() {
            return link.bufferedBytes;
          },
          offsetNs: () => link.clock()?.offsetNs ?? null,
        },
        info,
      );
      publications.add(publication);
      if (over) publication.refused(over.error ?? closedError());
      else if (link.isOpen) announce(publication);
      return publication;
    },
    close: () => link.close(),
  };
}
