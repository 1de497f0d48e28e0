import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Tab } from "./browser.ts";
import { describeInBrowsers } from "./describe-in-browsers.ts";

/** This machine by an address that is not the loopback's; where it has none, one that is nobody's (RFC 5737). */
const elsewhere =
  Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === "IPv4" && !each.internal)?.address ?? "192.0.2.1";

describeInBrowsers((start) => {
  const asked: string[] = [];
  let server: Server;
  let port: number;
  let browser: Browser;
  let tab: Tab;
  beforeAll(async () => {
    server = createServer(({ headers, url }, response) => {
      asked.push(`${headers.host}${url}`);
      response.setHeader("access-control-allow-origin", "*").end("here");
    });
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    ({ port } = server.address() as AddressInfo);
    browser = await start();
    tab = await browser.open(`http://127.0.0.1:${port}/page`);
  });
  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  test("the browser that tests drive reaches this machine, and nothing beyond it", async () => {
    const reach = (address: string): Promise<string> =>
      tab.evaluate(
        (url) =>
          fetch(url).then(
            (response) => response.text(),
            () => "nothing",
          ),
        `http://${address}:${port}/asked`,
      );
    expect(await reach("127.0.0.1")).toBe("here");
    expect(await reach(elsewhere)).toBe("nothing");
    expect(asked.filter((each) => each.startsWith(elsewhere))).toEqual([]);
  });
});
