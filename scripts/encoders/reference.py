"""The encoders of this folder in PyTorch, written from the same papers: what the ONNX files are compared with.

    python3 scripts/encoders/reference.py TASK.json

TASK: {"encoder", "weights": FILE.safetensors, "rows": electrodes' rows, "seconds", "input": FILE of float32, "batch",
"threads", "rounds", "layers"}. Prints {"version", "logits", "ms": of each round} as JSON.
"""

import json
import math
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F


def read_safetensors(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    start = 8 + length
    return {
        name: torch.from_numpy(
            np.frombuffer(data, "<f4", math.prod(entry["shape"]), start + entry["data_offsets"][0]).reshape(entry["shape"]).copy()
        )
        for name, entry in header.items()
        if name != "__metadata__"
    }


def norm(w, name, x, epsilon=1e-6):
    return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], epsilon)


def linear(w, name, x):
    return F.linear(x, w[f"{name}.weight"], w.get(f"{name}.bias"))


def group_norm(w, name, x, groups):
    return F.group_norm(x, groups, w[f"{name}.weight"].flatten(), w[f"{name}.bias"].flatten())


def attend(qkv, heads, change=lambda q, k: (q, k)):
    batch, tokens, triple = qkv.shape
    q, k, v = qkv.reshape(batch, tokens, 3, heads, triple // 3 // heads).permute(2, 0, 3, 1, 4)
    q, k = change(q, k)
    shares = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), -1)
    return (shares @ v).transpose(1, 2).reshape(batch, tokens, triple // 3)


def labram(w, x, rows, task):
    seconds = task["seconds"]
    batch, channels = x.shape[:2]
    h = x.reshape(batch, 1, channels * seconds, 200)
    for i, stride, padding in ((1, 8, 7), (2, 1, 1), (3, 1, 1)):
        conv = F.conv2d(h, w[f"patch_embed.conv{i}.weight"], w[f"patch_embed.conv{i}.bias"], (1, stride), (0, padding))
        h = F.gelu(group_norm(w, f"patch_embed.norm{i}", conv, 4))
    h = h.permute(0, 2, 3, 1).reshape(batch, channels * seconds, 200)
    places = w["pos_embed"][0, rows].unsqueeze(1) + w["time_embed"][0, :seconds]
    h = torch.cat([(w["cls_token"] + w["pos_embed"][:, :1]).expand(batch, 1, 200), h + places.reshape(1, -1, 200)], 1)
    for l in range(task.get("layers", 12)):
        n = f"blocks.{l}"
        change = lambda q, k: (norm(w, f"{n}.attn.q_norm", q), norm(w, f"{n}.attn.k_norm", k))
        seen = attend(linear(w, f"{n}.attn.qkv", norm(w, f"{n}.norm1", h)), 10, change)
        h = h + w[f"{n}.gamma_1"] * linear(w, f"{n}.attn.proj", seen)
        thought = linear(w, f"{n}.mlp.fc2", F.gelu(linear(w, f"{n}.mlp.fc1", norm(w, f"{n}.norm2", h))))
        h = h + w[f"{n}.gamma_2"] * thought
    return linear(w, "head", norm(w, "fc_norm", h[:, 1:].mean(1)))


def cbramod(w, x, rows, task):
    seconds = task["seconds"]
    batch, channels = x.shape[:2]
    p = "patch_embedding"
    h = x.reshape(batch, 1, channels * seconds, 200)
    for i, stride, padding in ((0, 25, 24), (3, 1, 1), (6, 1, 1)):
        conv = F.conv2d(h, w[f"{p}.proj_in.{i}.weight"], w[f"{p}.proj_in.{i}.bias"], (1, stride), (0, padding))
        h = F.gelu(group_norm(w, f"{p}.proj_in.{i + 1}", conv, 5))
    spectrum = torch.fft.rfft(x.reshape(batch, -1, 200), norm="forward").abs()
    h = h.transpose(1, 2).reshape(batch, -1, 200) + linear(w, f"{p}.spectral_proj.0", spectrum)
    h = h.reshape(batch, channels, seconds, 200)
    name = f"{p}.positional_encoding.0"
    places = F.conv2d(h.permute(0, 3, 1, 2), w[f"{name}.weight"], w[f"{name}.bias"], 1, (9, 3), groups=200)
    h = h + places.permute(0, 2, 3, 1)
    attention = lambda name, t: linear(
        w, f"{name}.out_proj", attend(F.linear(t, w[f"{name}.in_proj_weight"], w[f"{name}.in_proj_bias"]), 4)
    )
    for l in range(task.get("layers", 12)):
        n = f"encoder.layers.{l}"
        normed = norm(w, f"{n}.norm1", h, 1e-5)
        space = normed[..., :100].transpose(1, 2).reshape(batch * seconds, channels, 100)
        over = normed[..., 100:].reshape(batch * channels, seconds, 100)
        space = attention(f"{n}.self_attn_s", space).reshape(batch, seconds, channels, 100).transpose(1, 2)
        over = attention(f"{n}.self_attn_t", over).reshape(batch, channels, seconds, 100)
        h = h + torch.cat([space, over], -1)
        h = h + linear(w, f"{n}.linear2", F.gelu(linear(w, f"{n}.linear1", norm(w, f"{n}.norm2", h, 1e-5))))
    return linear(w, "classifier", h.mean((1, 2)))


def eegpt(w, x, rows, task):
    seconds = task["seconds"]
    batch, channels = x.shape[:2]
    times = seconds * 4
    h = linear(w, "encoder_embed", x.reshape(batch, channels, times, 64).transpose(1, 2)) + w["chan_embed.weight"][rows]
    h = h.reshape(batch * times, channels, 512)
    h = torch.cat([h, w["summary_time"].expand(batch * times, 4, 512)], 1)
    for l in range(task.get("layers", 8)):
        n = f"encoder_blocks.{l}"
        h = h + linear(w, f"{n}.attn.proj", attend(linear(w, f"{n}.attn.qkv", norm(w, f"{n}.norm1", h)), 8))
        h = h + linear(w, f"{n}.mlp.fc2", F.gelu(linear(w, f"{n}.mlp.fc1", norm(w, f"{n}.norm2", h))))
    z = F.layer_norm(h[:, channels:], (512,), eps=1e-6).reshape(batch, times, 2048)
    return linear(w, "linear_probe2", linear(w, "linear_probe1", z).flatten(1))


def main():
    task = json.load(open(sys.argv[1]))
    torch.set_num_threads(task.get("threads", 1))
    w = read_safetensors(task["weights"])
    rows = torch.tensor(task["rows"])
    x = torch.from_numpy(np.fromfile(task["input"], "<f4")).reshape(task["batch"], len(rows), -1)
    encoder = globals()[task["encoder"]]
    with torch.inference_mode():
        logits = encoder(w, x, rows, task)
        ms = []
        for _ in range(task.get("rounds", 0)):
            begun = time.perf_counter()
            encoder(w, x, rows, task)
            ms.append(1e3 * (time.perf_counter() - begun))
    print(json.dumps({"version": torch.__version__, "logits": logits.flatten().tolist(), "ms": ms}))


if __name__ == "__main__":
    main()
