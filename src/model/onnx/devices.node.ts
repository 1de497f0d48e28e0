import { chooseDevices, type OnnxDevice } from "./device-choice.ts";
import { findGraphics, thisMachine } from "./graphics.node.ts";
import { loadRuntime } from "./runtime.node.ts";

/**
 * The devices of this machine that a name stands for, as `chooseDevices` says.
 * @throws EegError ENGINE_UNAVAILABLE where the runtime is not installed or knows no such device
 */
export async function findDevices(name: string): Promise<readonly OnnxDevice[]> {
  const { listSupportedBackends } = await loadRuntime();
  const known = new Set(listSupportedBackends().map((backend) => backend.name));
  return chooseDevices(name, known, () => findGraphics(thisMachine));
}
