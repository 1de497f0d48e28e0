// Decodes a file and prints the process's peak resident memory in bytes.
import { decode, replay } from "../dist/index.node.js";
import { benchModel } from "./models.js";

let n = 0;
for await (const decision of decode(replay(process.argv[2]), await benchModel()))
  n += decision.abstained ? 0 : 1;
if (n === 0) throw new Error("nothing was decoded");
console.log(process.resourceUsage().maxRSS * 1024);
