"""The peer of gpu-throughput.mjs: the same encoders, weights and windows in PyTorch, on the same device.

    python3 scripts/gpu_throughput_torch.py cuda|cpu THREADS

Prints {"version", "device"} as JSON, or {"absent": why}, and then answers each line of JSON on stdin with one:
{"prepare": {"workload", "weights": FILE.safetensors, "input": FILE of float32, "batch", ...}} with {"logits": of the
first window}, {"rounds": n} with {"ms": [...]}, each from windows in host memory to logits in host memory, and anything
that fails with {"failed": why}.
"""

import json
import os
import sys
import time

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
except ImportError as error:
    print(json.dumps({"absent": f"PyTorch is not installed for {sys.executable} ({error})"}), flush=True)
    sys.exit()

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "encoders"))
import reference


def eyes(w, samples, task):
    """brainwire's own encoder (src/model/encoder.ts), from referenced samples to the last patch's logits."""
    sizes = task["sizes"]
    components, bands, average = sizes["components"], sizes["bands"], sizes["average"]
    mix = w["mix.weight"] @ w["phi"].T
    mix = mix / mix.square().sum(1, keepdim=True).sqrt()
    mix = mix - mix.mean(1, keepdim=True)
    mixed = mix @ samples
    radians = 2 * np.pi * (torch.arange(80, device=samples.device) - 39.5) / 160
    window = torch.exp(-0.5 * (radians[None] * w["bands.width"][:, None]) ** 2)
    window = window / window.sum(1, keepdim=True)
    phase = radians[None] * w["bands.centre"][:, None]
    taps = torch.cat([window * torch.cos(phase), window * torch.sin(phase)])[:, None]
    batch = samples.shape[0]
    filtered = F.conv1d(mixed.reshape(batch * components, 1, -1), taps, stride=16)
    power = filtered.reshape(batch * components, 2, bands, -1).square().sum(1)
    power = F.avg_pool1d(power, average, 1).reshape(batch, components * bands, -1).transpose(1, 2)
    tokens = (torch.log(power + task["epsilon"]) - w["token.mean"]) / w["token.deviation"]
    return encode(w, tokens, sizes)[:, -1]


def encode(w, tokens, sizes):
    batch, patches, _ = tokens.shape
    heads, each = sizes["heads"], sizes["width"] // sizes["heads"]
    age = torch.arange(patches, device=tokens.device)
    age = age[:, None] - age[None]
    unseen = torch.where((age >= 0) & (age < sizes["window"]), 0.0, -1e30)
    split = lambda x: x.reshape(batch, patches, heads, each).transpose(1, 2)
    x = reference.linear(w, "embed", tokens)
    for l in range(sizes["layers"]):
        n = f"layers.{l}"
        h = reference.norm(w, f"{n}.norm1", x, 1e-5)
        q, k, v = (split(reference.linear(w, f"{n}.attention.{part}", h)) for part in ("query", "key", "value"))
        slope = F.softplus(w[f"{n}.attention.slope"])[:, None, None]
        scores = q @ k.transpose(-1, -2) / each**0.5 - slope * age + unseen
        seen = (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(batch, patches, -1)
        x = x + reference.linear(w, f"{n}.attention.output", seen)
        h = reference.norm(w, f"{n}.norm2", x, 1e-5)
        up = F.silu(reference.linear(w, f"{n}.feedforward.up", h))
        x = x + reference.linear(w, f"{n}.feedforward.down", up)
    return reference.linear(w, "head", reference.norm(w, "norm", x, 1e-5))


def labram(w, samples, task):
    return reference.labram(w, samples, torch.tensor(task["rows"], device=samples.device), task)


def prepare(task, device):
    w = {name: x.to(device) for name, x in reference.read_safetensors(task["weights"]).items()}
    x = torch.from_numpy(np.fromfile(task["input"], "<f4")).reshape(task["batch"], task["channels"], -1)
    run = {"eyes": eyes, "labram": labram}[task["workload"]]

    def once():
        with torch.inference_mode():
            return run(w, x.to(device), task).cpu()

    return once


def main():
    device, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    if device == "cuda" and not torch.cuda.is_available():
        print(json.dumps({"absent": f"PyTorch {torch.__version__} finds no CUDA device"}), flush=True)
        return
    if device == "cuda":
        torch.set_float32_matmul_precision("high")  # TF32, as ONNX Runtime's CUDA provider computes
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    print(json.dumps({"version": torch.__version__, "cuda": torch.version.cuda, "device": name}), flush=True)
    once = None
    for line in sys.stdin:
        task = json.loads(line)
        try:
            if "prepare" in task:
                once = None  # frees what the last one held
                if device == "cuda":
                    torch.cuda.empty_cache()
                once = prepare(task["prepare"], device)
                for _ in range(2):
                    logits = once()
                answer = {"logits": logits[0].tolist()}
            else:
                ms = []
                for _ in range(task["rounds"]):
                    begun = time.perf_counter()
                    once()
                    ms.append(1e3 * (time.perf_counter() - begun))
                answer = {"ms": ms}
        except (RuntimeError, MemoryError) as error:
            once = None
            answer = {"failed": str(error).split("\n")[0] or type(error).__name__}
        print(json.dumps(answer), flush=True)


main()
