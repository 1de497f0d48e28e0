// node --import ./losing.js: an engine's device is lost, for real, at the hop (or the window) that LOSE_AT counts to.
// LOSE=thread has the thread crash that it runs in; LOSE=device destroys the WebGPU device in that thread; LOSE=buffer
// has it fail to make a buffer, as for want of memory: it throws nothing, and what is computed there stays 0.
import { parentPort, threadId } from "node:worker_threads";

const { LOSE, LOSE_AT } = process.env;
const isFirst = threadId === 1; // those that take over are well

/** Calls `lose` when the request comes, before it is looked at. */
function when(lose) {
  let n = 0;
  parentPort.on("message", ({ kind }) => {
    if ((kind === "hops" || kind === "run") && ++n === Number(LOSE_AT)) lose();
  });
}

if (isFirst && LOSE === "thread")
  when(() => {
    throw new Error("the thread crashed");
  });

const webgpu =
  isFirst && (LOSE === "device" || LOSE === "buffer") ? await import("webgpu").catch(() => null) : null;
if (webgpu) {
  const { prototype } = webgpu.globals.GPUAdapter;
  const { requestDevice } = prototype;
  prototype.requestDevice = async function (...args) {
    const device = await requestDevice.apply(this, args);
    when(LOSE === "device" ? () => setImmediate(() => device.destroy()) : () => failOnce(device)); // in the midst of it
    return device;
  };
}

function failOnce(device) {
  const { createBuffer } = device;
  device.createBuffer = (wanted) => {
    const buffer = createBuffer.call(device, wanted);
    if (!wanted.mappedAtCreation) {
      device.createBuffer = createBuffer;
      buffer.destroy();
    }
    return buffer;
  };
}
