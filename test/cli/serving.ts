import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

/** `brainwire serve` in a process of its own: `npm test` has built it. */
export interface Serving {
  readonly url: string;
  readonly port: number;
  readonly output: () => string;
  /** Asks it to end as Ctrl-C does. */
  stop(): void;
  readonly ended: Promise<number | null>;
}

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const running = new Set<ChildProcess>();

/** For `afterEach`: no process outlives its test. */
export function killServing(): void {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
}

/** Resolves when it serves. */
export async function serve(...args: readonly string[]): Promise<Serving> {
  const child = spawn(process.execPath, [main, "serve", "--port", "0", ...args], {
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  running.add(child);
  let output = "";
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    const look = (text: string): void => {
      output += text;
      const found = /\bwss?:\/\/\S+/.exec(output);
      if (found) resolve(found[0]);
    };
    child.stdout.setEncoding("utf8").on("data", look);
    child.stderr.setEncoding("utf8").on("data", look);
    void ended.then((code) => reject(new Error(`serve ended with ${code}: ${output}`)));
  });
  return {
    url,
    port: Number(new URL(url).port),
    output: () => output,
    stop: () => child.kill("SIGINT"),
    ended,
  };
}
