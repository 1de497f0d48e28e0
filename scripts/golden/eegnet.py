"""Golden values for EEGNet: logits, loss, batch statistics and gradients of a small one, by PyTorch.

    /usr/bin/python3 scripts/golden/eegnet.py          writes test/golden/eegnet/eegnet.json (needs PyTorch; made with 1.13)

The layers stand in the order of the paper (Lawhern et al. 2018, table 2): temporal convolution, batch normalisation,
depthwise spatial convolution, batch normalisation, ELU, pooling, separable convolution, batch normalisation, ELU, pooling,
dense. `step` has no first normalisation, as ours; `first_norm` has the logits with it.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d, cross_entropy, elu, pad

OUT = Path(__file__).parents[2] / "test" / "golden" / "eegnet"
OUT.mkdir(parents=True, exist_ok=True)
F1, D, F2, TAPS, SEPARABLE = 8, 2, 16, 40, 16
BATCH, CHANNELS, SAMPLES, CLASSES = 4, 3, 200, 2

rng = np.random.default_rng(8)
made = lambda *shape: torch.tensor(rng.uniform(-1, 1, shape).round(3), dtype=torch.float64)
features = F2 * (SAMPLES // 4 // 8)
tensors = {
    "temporal.weight": made(F1, TAPS),
    "spatial.weight": made(F1 * D, CHANNELS),
    "spatial.norm.weight": 1 + made(F1 * D) / 4,
    "spatial.norm.bias": made(F1 * D),
    "separable.depth.weight": made(F1 * D, SEPARABLE),
    "separable.point.weight": made(F2, F1 * D),
    "separable.norm.weight": 1 + made(F2) / 4,
    "separable.norm.bias": made(F2),
    "head.weight": made(CLASSES, features),
    "head.bias": made(CLASSES),
}
statistics = {
    "spatial.norm.mean": made(F1 * D),
    "spatial.norm.variance": 4 + made(F1 * D),
    "separable.norm.mean": made(F2),
    "separable.norm.variance": 2 + made(F2),
}
samples = made(BATCH, CHANNELS, SAMPLES)
truths = torch.tensor([0, 1, 1, 0])


def same(x, weight, groups=1):
    n = weight.shape[-1]
    return conv2d(pad(x, ((n - 1) // 2, n // 2)), weight, groups=groups)


def norm(x, name, own):
    """Batch normalisation: by the statistics given, else by the batch's own, which are noted in `own`."""
    if own is None:
        mean, variance = statistics[f"{name}.mean"], statistics[f"{name}.variance"]
    else:
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
        own[f"{name}.mean"], own[f"{name}.variance"] = mean, variance
    shape = (1, -1, 1, 1)
    scaled = (x - mean.view(shape)) / torch.sqrt(variance.view(shape) + 1e-3)
    return scaled * tensors[f"{name}.weight"].view(shape) + tensors[f"{name}.bias"].view(shape)


def eegnet(first=None, own=None):
    x = same(samples[:, None], tensors["temporal.weight"][:, None, None])
    if first is not None:
        x = first(x)
    x = conv2d(x, tensors["spatial.weight"][:, None, :, None], groups=F1)
    x = avg_pool2d(elu(norm(x, "spatial.norm", own)), (1, 4))
    x = same(x, tensors["separable.depth.weight"][:, None, None], groups=F1 * D)
    x = conv2d(x, tensors["separable.point.weight"][:, :, None, None])
    x = avg_pool2d(elu(norm(x, "separable.norm", own)), (1, 8))
    return x.flatten(1) @ tensors["head.weight"].T + tensors["head.bias"]


judged = eegnet()
for tensor in tensors.values():
    tensor.requires_grad_()
own = {}
logits = eegnet(own=own)
loss = cross_entropy(logits, truths)
loss.backward()
first = nn.BatchNorm2d(F1, eps=1e-9).double().train()
with torch.no_grad():
    first.weight.copy_(1 + made(F1) / 2)
    first.bias.copy_(made(F1))
    with_first = eegnet(first=first, own={})

numbers = lambda tensor: [float(f"{v:.7g}") for v in tensor.detach().flatten().tolist()]
golden = {
    "sizes": {"channels": CHANNELS, "samples": SAMPLES, "taps": TAPS, "classes": CLASSES},
    "truths": truths.tolist(),
    "samples": numbers(samples),
    "tensors": {name: numbers(tensor) for name, tensor in tensors.items()},
    "statistics": {name: numbers(tensor) for name, tensor in statistics.items()},
    "judged": numbers(judged),
    "step": {
        "loss": float(loss),
        "logits": numbers(logits),
        "statistics": {name: numbers(tensor) for name, tensor in own.items()},
        "gradients": {name: numbers(tensor.grad) for name, tensor in tensors.items()},
    },
    "first_norm": numbers(with_first),
}
(OUT / "eegnet.json").write_text(json.dumps(golden) + "\n")
