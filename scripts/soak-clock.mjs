// The machine's own time, by which the clocks of two processes can be compared: the kernel's monotonic clock is one
// for all of them.

/** How far this process's clock (as `nowNs()` of the protocol has it) is ahead of the monotonic one, ms. */
export function clockLead() {
  let best = { width: Infinity, leadMs: 0 };
  for (let i = 0; i < 1000; i++) {
    const before = Number(process.hrtime.bigint()) / 1e6;
    const now = performance.timeOrigin + performance.now();
    const after = Number(process.hrtime.bigint()) / 1e6;
    if (after - before < best.width) best = { width: after - before, leadMs: now - (before + after) / 2 };
  }
  return best.leadMs;
}

/** A module to start a process with: it writes that process's lead to a file. */
export function clockProbe(path) {
  const code = `import { writeFileSync } from "node:fs";
import { clockLead } from ${JSON.stringify(import.meta.url)};
writeFileSync(${JSON.stringify(path)}, JSON.stringify({ leadMs: clockLead() }));`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
