import { createServer, connect as connectTcp, type Server as TcpServer, type Socket } from "node:net";

const proxies: Proxy[] = [];

/** A wire that can be cut, or go silent as a half-open connection does. */
export interface Proxy {
  readonly url: string;
  readonly connections: number;
  cut(): void;
  silence(): void;
  close(): void;
}

export async function proxyTo(url: string): Promise<Proxy> {
  const target = Number(new URL(url).port);
  const pairs = new Set<[Socket, Socket]>();
  let connections = 0;
  const server: TcpServer = createServer((near) => {
    connections++;
    const far = connectTcp(target, "127.0.0.1");
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    for (const socket of pair)
      socket
        .on("error", () => undefined)
        .on("close", () => {
          pairs.delete(pair);
          for (const other of pair) other.destroy();
        });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const cut = (): void => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  const proxy: Proxy = {
    url: `ws://127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    cut,
    silence() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
      }
    },
    close() {
      cut();
      server.close();
    },
  };
  proxies.push(proxy);
  return proxy;
}

/** For `afterEach`. */
export function closeProxies(): void {
  for (const proxy of proxies.splice(0)) proxy.close();
}
