// Writes a stream that never ends to argv[2], and a character to stdout for every piece that is in the file.
import { createEdfFile } from "../../../dist/index.node.js";
import { endless } from "./endless.js";

const file = await createEdfFile(process.argv[2], { format: "BDF+D" });
for (const item of endless()) {
  await file.push(item);
  if (item.kind === "samples") process.stdout.write(".");
}
