import { describe, test } from "@jest/globals";
import { browserNames, findBrowser, startBrowser, type Browser, type BrowserName } from "./browser.ts";

/** `describe` for each browser, or those named; a skipped one that says so where it is not installed. */
export function describeInBrowsers(
  tests: (start: () => Promise<Browser>) => void,
  names: readonly BrowserName[] = browserNames,
): void {
  for (const name of names) {
    const path = findBrowser(name);
    if (path === null)
      describe.skip(`in ${name} (skipped: not installed, see scripts/browsers.sh)`, () => {
        test("needs a browser", () => undefined);
      });
    else describe(`in ${name}`, () => tests(() => startBrowser(name, path)));
  }
}
