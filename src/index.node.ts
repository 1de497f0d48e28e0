export * from "./index.ts";
export { fileSource } from "./formats/file-source.node.ts";
