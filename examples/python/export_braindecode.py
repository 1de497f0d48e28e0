"""Writes a braindecode decoder to an ONNX file that brainwire runs:

    python export_braindecode.py decoder.onnx
    npx brainwire models add decoder.onnx --name decoder --task "left or right hand" --labels left,right --sfreq 160 \
        --channels FC5,FC1,FC2,FC6,C3,Cz,C4,CP5,CP1,CP2,CP6 --unit uV --band 4-38 --scale running:0.001

Here the decoder is a fresh EEGNet; put your trained one in its place. Ran with braindecode 0.8 and PyTorch 1.13. What
`models add` is told must be what the decoder was trained with: the order of the channels, the rate, the filters, the unit
and the scaling (`exponential_moving_standardize` with its `factor_new` is `running:FACTOR`).
"""

import sys

import torch
from braindecode import models

n_channels, n_samples = 11, 480  # 3 s at 160 Hz

torch.manual_seed(0)
EEGNet = getattr(models, "EEGNet", None) or models.EEGNetv4  # its name from version 1 on, and before
model = EEGNet(n_chans=n_channels, n_outputs=2, n_times=n_samples)
# Trained weights: model.load_state_dict(torch.load("params.pt"))
model.eval()

window = torch.randn(1, n_channels, n_samples)
torch.onnx.export(model, window, sys.argv[1], input_names=["window"], output_names=["logits"], opset_version=17)
print("first window:", model(window).detach().numpy().round(4).tolist())
