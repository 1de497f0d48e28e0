/** What one server bears. Each has a default that is sane for a laboratory; all are options. */
export interface Limits {
  /** Bytes of one frame. @default 4 MiB */
  readonly payloadBytes: number;
  /** Bytes of one text frame. @default 256 KiB */
  readonly textBytes: number;
  /** Fragments of one message. @default 1024 */
  readonly fragments: number;
  /** Messages a second from one connection, pings included; a second's worth may come at once. @default 20000 */
  readonly messagesPerSecond: number;
  /** @default 1024 */
  readonly connections: number;
  /** Connections from one address. @default 256 */
  readonly connectionsPerAddress: number;
  /** Streams in all. @default 512 */
  readonly streams: number;
  /** Streams that one connection publishes. @default 512 */
  readonly publications: number;
  /** Streams that one connection subscribes to. @default 512 */
  readonly subscriptions: number;
  /** Of one stream. @default 1024 */
  readonly channels: number;
  /** Of one stream, Hz. @default 50000 */
  readonly sfreqHz: number;
  /** Longest gap that a jump of a publisher's sample index makes, seconds. @default 86400 */
  readonly gapSeconds: number;
  /** From the connection to `hello`, milliseconds. @default 5000 */
  readonly handshakeMs: number;
  /** Silence of a connection that neither subscribes nor publishes, milliseconds. @default 60000 */
  readonly idleMs: number;
  /** Between two pings; a connection that leaves two unanswered is cut off, milliseconds. @default 10000 */
  readonly heartbeatMs: number;
  /** A lost publisher is waited for, milliseconds. @default 10000 */
  readonly graceMs: number;
  /** What each stream remembers for readers that come back or are slow: bytes and milliseconds. @default 16 MiB */
  readonly memoryBytes: number;
  /** @default 30000 */
  readonly memoryMs: number;
  /** Bytes on their way to one connection before the server waits for it. @default 256 KiB */
  readonly sendBytes: number;
  /** A recording at speed `max` waits this long for a subscriber that does not read, milliseconds. @default 10000 */
  readonly stallMs: number;
}

export const defaultLimits: Limits = {
  payloadBytes: 4 * 2 ** 20,
  textBytes: 256 * 2 ** 10,
  fragments: 1024,
  messagesPerSecond: 20_000,
  connections: 1024,
  connectionsPerAddress: 256,
  streams: 512,
  publications: 512,
  subscriptions: 512,
  channels: 1024,
  sfreqHz: 50_000,
  gapSeconds: 86_400,
  handshakeMs: 5000,
  idleMs: 60_000,
  heartbeatMs: 10_000,
  graceMs: 10_000,
  memoryBytes: 16 * 2 ** 20,
  memoryMs: 30_000,
  sendBytes: 256 * 2 ** 10,
  stallMs: 10_000,
};

/** A bucket of tokens that fills steadily: whether one more message may pass now. */
export function createRateLimit(perSecond: number): () => boolean {
  let tokens = perSecond;
  let filledAt = performance.now();
  return () => {
    const now = performance.now();
    tokens = Math.min(perSecond, tokens + ((now - filledAt) * perSecond) / 1000);
    filledAt = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}
