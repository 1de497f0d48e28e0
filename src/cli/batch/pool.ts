import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { WorkerAnswer, WorkerTask } from "./worker.ts";

/** Processes that decode one recording each at a time; one that dies takes its recording with it and no other. */
export interface Pool {
  /** Waits for a process that is free. */
  run(task: WorkerTask): Promise<WorkerAnswer>;
  /** Ends all at once; resolves when they are gone. What still waits stays unanswered. */
  stop(): Promise<void>;
}

const worker = fileURLToPath(new URL("./worker.js", import.meta.url));

export function createPool(size: number): Pool {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  const waiting: ((process: ChildProcess) => void)[] = [];
  let stopped = false;

  function start(): ChildProcess {
    const child = fork(worker, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    all.add(child);
    child.once("exit", () => all.delete(child));
    return child;
  }

  function take(): Promise<ChildProcess> {
    const free = idle.pop();
    if (free) return Promise.resolve(free);
    if (all.size < size) return Promise.resolve(start());
    return new Promise((resolve) => waiting.push(resolve));
  }

  function give(child: ChildProcess): void {
    const next = waiting.shift();
    if (next) next(all.has(child) ? child : start());
    else if (all.has(child)) idle.push(child);
  }

  return {
    async run(task) {
      const child = await take();
      const answer = await new Promise<WorkerAnswer>((resolve) => {
        const died = (code: number | null, signal: string | null): void =>
          resolve({ error: `the process that decoded it ended (${signal ?? `exit code ${code}`})` });
        child.once("exit", died);
        child.once("message", (found) => {
          child.off("exit", died);
          resolve(found as WorkerAnswer);
        });
        child.send(task);
      });
      if (!stopped) give(child);
      return answer;
    },
    async stop() {
      stopped = true;
      const gone = [...all].map((child) => new Promise((resolve) => child.once("exit", resolve)));
      for (const child of all) child.kill("SIGKILL");
      await Promise.all(gone);
    },
  };
}
