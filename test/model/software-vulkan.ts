import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";

/** SwiftShader as Debian's chromium brings it, where nobody named another driver: WebGPU without a GPU. */
export function softwareVulkan(): Record<string, string> {
  const driver = process.env["VK_ICD_FILENAMES"] ?? "/usr/lib/chromium/vk_swiftshader_icd.json";
  if (!existsSync(driver)) return {};
  const libraries = [process.env["LD_LIBRARY_PATH"], dirname(driver)].filter(Boolean).join(":");
  return { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: libraries, XDG_RUNTIME_DIR: tmpdir() };
}
