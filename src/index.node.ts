export * from "./index.ts";
export { fileSource } from "./formats/file-source.node.ts";
export { writeEdfFile } from "./formats/edf/write-file.node.ts";
export {
  cachedPath,
  fetchRecording,
  recordingsCache,
  type FetchOptions,
  type FetchProgress,
} from "./source/fetch.node.ts";
export { readRegistry } from "./source/registry.node.ts";
export { replay } from "./source/replay.node.ts";
export { loadModel, shippedModels } from "./model/load.node.ts";
