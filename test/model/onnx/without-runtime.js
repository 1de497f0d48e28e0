// run-hops.js on a machine where onnxruntime-node is not installed.
import { register } from "node:module";

const hook = `export async function resolve(name, context, next) {
  if (name === "onnxruntime-node") throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  return next(name, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
await import("./run-hops.js");
