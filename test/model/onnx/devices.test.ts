import { expect, test } from "@jest/globals";
import { chooseDevices } from "../../../src/model/onnx/device-choice.ts";
import { findGraphics, type Machine } from "../../../src/model/onnx/graphics.node.ts";

/** A machine whose files are given; what ends in `/` is a folder. */
function machine(platform: string, files: Record<string, string>, env: Record<string, string> = {}): Machine {
  return {
    platform,
    env,
    list: (path) => [
      ...new Set(
        Object.keys(files)
          .filter((file) => file.startsWith(`${path}/`))
          .map((file) => file.slice(path.length + 1).split("/")[0]!),
      ),
    ],
    read: (path) => files[path] ?? null,
    print: (program) => files[program] ?? null,
  };
}

const h100 = {
  "/proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ: 1\n",
  "/sys/class/drm/renderD128/device/vendor": "0x10de\n",
};
const nvidiaVulkan = { "/etc/vulkan/icd.d/nvidia_icd.json": '{"ICD":{"library_path":"libGLX_nvidia.so.0"}}' };
const lavapipe = {
  "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json": '{"ICD":{"library_path":"libvulkan_lvp.so"}}',
};
const linuxProviders = new Set(["cpu", "webgpu", "cuda", "tensorrt"]);

function auto(known: ReadonlySet<string>, on: Machine): readonly string[] {
  return chooseDevices("auto", known, () => findGraphics(on)).map(({ description }) => description);
}

test("auto takes the GPU that the system names, by the fastest way there is", () => {
  expect(auto(linuxProviders, machine("linux", { ...h100, ...nvidiaVulkan, ...lavapipe }))).toEqual([
    "NVIDIA H100 80GB HBM3 (cuda)",
    "NVIDIA H100 80GB HBM3 (webgpu)",
    "cpu",
  ]);
  const radeon = {
    "/sys/class/drm/renderD128/device/vendor": "0x1002\n",
    "/sys/class/drm/renderD128/device/device": "0x744c\n",
    "/usr/share/vulkan/icd.d/radeon_icd.x86_64.json": '{"ICD":{"library_path":"libvulkan_radeon.so"}}',
  };
  expect(auto(linuxProviders, machine("linux", radeon))).toEqual(["AMD GPU 0x744c (webgpu)", "cpu"]);
  const mac = machine("darwin", { sysctl: "Apple M4\n" });
  expect(auto(new Set(["cpu", "coreml", "webgpu"]), mac)).toEqual([
    "GPU of Apple M4 (webgpu)",
    "GPU of Apple M4 (coreml)",
    "cpu",
  ]);
  const windows = machine("win32", {
    "powershell.exe": "Microsoft Basic Render Driver\r\nIntel(R) Arc(TM) A770\r\n",
  });
  expect(auto(new Set(["cpu", "dml", "webgpu"]), windows)).toEqual([
    "Intel(R) Arc(TM) A770 (dml)",
    "Intel(R) Arc(TM) A770 (webgpu)",
    "cpu",
  ]);
});

test("auto never takes an adapter that a processor only pretends to be", () => {
  expect(auto(linuxProviders, machine("linux", lavapipe))).toEqual(["cpu"]);
  // a real GPU that Vulkan cannot reach: WebGPU would fall back on lavapipe
  expect(auto(linuxProviders, machine("linux", { ...h100, ...lavapipe }))).toEqual([
    "NVIDIA H100 80GB HBM3 (cuda)",
    "cpu",
  ]);
  const named = { VK_ICD_FILENAMES: "/usr/lib/chromium/vk_swiftshader_icd.json" };
  expect(auto(new Set(["cpu", "webgpu"]), machine("linux", { ...h100, ...nvidiaVulkan }, named))).toEqual([
    "cpu",
  ]);
  const virtual = { "/sys/class/drm/renderD128/device/vendor": "0x1af4\n", ...nvidiaVulkan };
  expect(auto(linuxProviders, machine("linux", virtual))).toEqual(["cpu"]);
  const remote = machine("win32", { "powershell.exe": "Microsoft Remote Display Adapter\r\n" });
  expect(auto(new Set(["cpu", "dml", "webgpu"]), remote)).toEqual(["cpu"]);
});

test("a device that is named is taken as it is, and said for what it is", () => {
  const swiftshader = () =>
    findGraphics(machine("linux", {}, { VK_ICD_FILENAMES: "/usr/lib/chromium/vk_swiftshader_icd.json" }));
  expect(chooseDevices("webgpu", linuxProviders, swiftshader)).toEqual([
    { provider: "webgpu", description: "a software adapter (webgpu)" },
  ]);
  expect(() => chooseDevices("directml", linuxProviders, swiftshader)).toThrow(
    "engine onnx knows no device 'directml' here; there are auto, cpu, webgpu, cuda",
  );
});
