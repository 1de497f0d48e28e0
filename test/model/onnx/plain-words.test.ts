import { expect, test } from "@jest/globals";
import { plainWords } from "../../../src/model/onnx/plain-words.ts";

test.each([
  [
    "Non-zero status code returned while running Expand node. Name:'Expand.1' Status Message: /onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 4194304000\n",
    "out of memory, for 4000 MiB more",
  ],
  ["CUDA failure 2: out of memory ; GPU=0 ; hostname=here ; file=/cuda_allocator.cc", "out of memory"],
  ["std::bad_alloc", "out of memory"],
  [
    "WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.\n",
    "a buffer that the model needs is more than the device can make",
  ],
  [
    "/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:128 operator() status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n\n",
    "Failed to get a WebGPU adapter: No supported adapters",
  ],
  [
    "Non-zero status code returned while running Gemm node. Name:'head' Status Message: GEMM: Dimension mismatch",
    "operator Gemm: GEMM: Dimension mismatch",
  ],
  [
    "No Op registered for Twist with domain_version of 17",
    "No Op registered for Twist with domain_version of 17",
  ],
])("%s", (said, words) => expect(plainWords(said)).toBe(words));
