/**
 * Which graphics processors the machine has, by what its operating system says. ONNX Runtime's WebGPU provider does
 * not say which adapter it took, and takes one that a processor only pretends to be where there is nothing better.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Graphics } from "./device-choice.ts";

/** What is asked of the operating system; tests give answers of their own. */
export interface Machine {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names in a folder; none if there is no such folder. */
  list(path: string): readonly string[];
  /** A file's text, or null. */
  read(path: string): string | null;
  /** What a program prints, or null if it fails. */
  print(program: string, args: readonly string[]): string | null;
}

export const thisMachine: Machine = {
  platform: process.platform,
  env: process.env,
  list: (path) => attempt(() => readdirSync(path)) ?? [],
  read: (path) => attempt(() => readFileSync(path, "utf8")),
  print: (program, args) =>
    attempt(() =>
      execFileSync(program, args, {
        encoding: "utf8",
        timeout: 10_000,
        stdio: ["ignore", "pipe", "ignore"],
        windowsHide: true,
      }),
    ),
};

export function findGraphics(machine: Machine): Graphics {
  switch (machine.platform) {
    case "linux":
      return onLinux(machine);
    case "darwin": {
      // Metal has no software adapters.
      const chip = machine.print("sysctl", ["-n", "machdep.cpu.brand_string"])?.trim();
      return { gpus: [chip ? `GPU of ${chip}` : "Metal GPU"], nvidia: false, webgpu: true };
    }
    case "win32":
      return onWindows(machine);
    default:
      return { gpus: [], nvidia: false, webgpu: false };
  }
}

/** PCI's vendor numbers of those who make graphics processors. */
const vendors: Readonly<Record<string, string>> = {
  "0x10de": "NVIDIA",
  "0x1002": "AMD",
  "0x8086": "Intel",
  "0x5143": "Qualcomm",
  "0x1ed5": "Moore Threads",
};

/** Kernel drivers of graphics processors that are no PCI devices. */
const socDrivers = /^DRIVER=(asahi|etnaviv|lima|msm|msm_dpu|panfrost|panthor|powervr|tegra|v3d|xe)$/m;

function onLinux(machine: Machine): Graphics {
  const nvidia = machine
    .list("/proc/driver/nvidia/gpus")
    .map((gpu) => machine.read(`/proc/driver/nvidia/gpus/${gpu}/information`))
    .map((text) => /^Model:\s*(.+)$/m.exec(text ?? "")?.[1]?.trim() ?? "NVIDIA GPU");
  const others = machine
    .list("/sys/class/drm")
    .filter((name) => name.startsWith("renderD"))
    .flatMap((name) => {
      const device = `/sys/class/drm/${name}/device`;
      const maker = vendors[machine.read(`${device}/vendor`)?.trim() ?? ""];
      if (maker === "NVIDIA" && nvidia.length > 0) return [];
      if (maker) return [`${maker} GPU ${machine.read(`${device}/device`)?.trim() ?? ""}`.trim()];
      const driver = socDrivers.exec(machine.read(`${device}/uevent`) ?? "")?.[1];
      return driver ? [`${driver} GPU`] : [];
    });
  const gpus = [...nvidia, ...others];
  const isNvidia = gpus.some((name) => name.startsWith("NVIDIA"));
  return { gpus, nvidia: isNvidia, webgpu: gpus.length > 0 && hasVulkanDriver(machine) };
}

const software = /swiftshader|lvp|lavapipe|llvmpipe/i;

/** Whether Vulkan, which WebGPU stands on here, has the driver of a real GPU (Vulkan loader: driver discovery). */
function hasVulkanDriver(machine: Machine): boolean {
  const { env } = machine;
  const named = env["VK_DRIVER_FILES"] ?? env["VK_ICD_FILENAMES"];
  const folders = ["/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d"];
  const files = named
    ? named.split(":")
    : folders.flatMap((folder) => machine.list(folder).map((name) => `${folder}/${name}`));
  return files.some((file) => file.endsWith(".json") && !software.test(machine.read(file) ?? file));
}

function onWindows(machine: Machine): Graphics {
  const names = machine.print("powershell.exe", [
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    "Get-CimInstance Win32_VideoController | ForEach-Object Name",
  ]);
  const gpus = (names ?? "")
    .split(/\r?\n/)
    .map((name) => name.trim())
    .filter((name) => name !== "" && !/Microsoft|SwiftShader|Virtual|Remote/i.test(name));
  return { gpus, nvidia: gpus.some((name) => /NVIDIA/i.test(name)), webgpu: gpus.length > 0 };
}

function attempt<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}
