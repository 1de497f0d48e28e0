// node --import ./without-runtime.js: a machine where neither onnxruntime-node nor TensorFlow.js is installed.
import { register } from "node:module";

const hook = `export async function resolve(name, context, next) {
  if (name === "onnxruntime-node" || name.startsWith("@tensorflow/"))
    throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  return next(name, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
