import { fileURLToPath } from "node:url";
import { TestEnvironment } from "jest-environment-node";

// liblsl reads its configuration from the real environment, which tests have only a copy of.
process.env.LSLAPICFG ??= fileURLToPath(new URL("lsl/lsl.cfg", import.meta.url));

// Native add-ons hand out typed arrays of Node's own realm; the tests' realm must share them.
const shared = [
  "Float32Array Float64Array Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array",
  "Uint32Array BigInt64Array BigUint64Array ArrayBuffer SharedArrayBuffer DataView",
]
  .join(" ")
  .split(" ");

export default class NodeRealmEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of shared) this.global[name] = globalThis[name];
  }
}
