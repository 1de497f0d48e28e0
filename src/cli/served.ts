import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { EegError } from "../eeg/errors.ts";
import type { ServerUse } from "../report/latency-figures.ts";

/** A server in a process of its own, started as a user starts it. */
export interface Served {
  readonly url: string;
  /** Looks at its memory from now on. */
  watch(): void;
  /** Counts its processor time from now on; only the first call does. */
  count(): void;
  /** What it used since. */
  use(): ServerUse;
  stop(): Promise<void>;
}

const everyMs = 1000;

/** @throws EegError SERVER_LOST if it ends before it serves; what it says then stands on stderr */
export async function startServed(args: readonly string[]): Promise<Served> {
  const main = fileURLToPath(new URL("./main.js", import.meta.url));
  const child = spawn(process.execPath, [main, "serve", "--port", "0", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true, // Ctrl-C is for us alone: we end it when we have what we came for
  });
  const kill = (): void => void child.kill();
  process.once("exit", kill);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /\bwss?:\S+/.exec(line);
      if (found) resolve(found[0]);
    });
    void ended.then(() => reject(new EegError("SERVER_LOST", "the server did not start")));
  });
  const pid = child.pid!;
  const memory: number[] = [];
  let counted: { readonly cpu: number | null; readonly atMs: number } | null = null;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = residentMiB(pid);
    if (now !== null) memory.push(now);
  };
  return {
    url,
    watch() {
      look();
      timer = setInterval(look, everyMs);
    },
    count() {
      counted ??= { cpu: cpuSeconds(pid), atMs: performance.now() };
    },
    use() {
      look();
      const cpu = cpuSeconds(pid);
      const known = cpu !== null && counted !== null && counted.cpu !== null;
      return {
        coreShare: known ? (1000 * (cpu - counted!.cpu!)) / (performance.now() - counted!.atMs) : null,
        memoryMiB: {
          start: memory[0] ?? Number.NaN,
          largest: memory.length === 0 ? Number.NaN : Math.max(...memory),
          end: memory.at(-1) ?? Number.NaN,
        },
      };
    },
    async stop() {
      clearInterval(timer);
      process.off("exit", kill);
      child.kill("SIGINT");
      await ended;
    },
  };
}

/** Of another process, as Linux tells it; null elsewhere: asking the server would disturb what is measured. */
function residentMiB(pid: number): number | null {
  const found = /VmRSS:\s+(\d+)/.exec(proc(pid, "status"));
  return found && Number(found[1]) / 1024;
}

/** In user and system mode; the kernel counts in hundredths (`man 5 proc`, utime and stime). */
function cpuSeconds(pid: number): number | null {
  const fields = proc(pid, "stat").split(") ")[1]?.split(" ");
  return fields ? (Number(fields[11]) + Number(fields[12])) / 100 : null;
}

function proc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
