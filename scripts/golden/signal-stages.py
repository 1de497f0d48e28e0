"""Golden values of SciPy for test/signal/*.test.ts.

    python3 scripts/golden/signal-stages.py          writes test/golden/signal/

Made with SciPy 1.17.1 and NumPy 2.4.
"""

import json
from math import gcd
from pathlib import Path

import numpy as np
import scipy
from scipy import signal

OUT = Path(__file__).parents[2] / "test" / "golden" / "signal"
OUT.mkdir(parents=True, exist_ok=True)

BANDS = [
    ("bandpass", 1, 40, 160, range(1, 9)),
    ("bandpass", 1, 45, 160, range(1, 7)),
    ("bandpass", 8, 13, 250, (1, 2, 3, 4, 5, 8)),
    ("bandpass", 0.1, 30, 512, (1, 2, 4)),
    ("bandpass", 0.5, 70, 256, (2, 4)),
    ("bandpass", 4, 7, 100, (3,)),
    ("bandpass", 59, 61, 1000, (2,)),
    ("highpass", 0.5, None, 250, range(1, 9)),
    ("highpass", 0.1, None, 2048, (1, 2, 4)),
    ("highpass", 60, None, 160, (5,)),
    ("lowpass", None, 30, 128, range(1, 9)),
    ("lowpass", None, 70, 500, (4, 7, 12)),
    ("lowpass", None, 1, 1000, (2, 4)),
]
NOTCHES = [(50, 30, 250), (60, 30, 160), (60, 35, 1000), (16.7, 10, 128)]


def designs():
    rows = []
    for kind, low, high, sfreq, orders in BANDS:
        for order in orders:
            edges = [edge for edge in (low, high) if edge is not None]
            sos = signal.butter(order, edges if len(edges) == 2 else edges[0], kind, fs=sfreq, output="sos")
            band = {"kind": kind, "order": order}
            if low is not None:
                band["lowHz"] = low
            if high is not None:
                band["highHz"] = high
            rows.append({"band": band, "sfreq": sfreq, "sos": sos.ravel().tolist(), "zi": signal.sosfilt_zi(sos).ravel().tolist()})
    notches = []
    for frequency, q, sfreq in NOTCHES:
        b, a = signal.iirnotch(frequency, q, fs=sfreq)
        notches.append({"options": {"frequencyHz": frequency, "q": q}, "sfreq": sfreq, "sos": [*b, *a]})
    (OUT / "designs.json").write_text(json.dumps({"scipy": scipy.__version__, "designs": rows, "notches": notches}))


def recording(rng, channels, n, sfreq):
    """Drift, alpha, hum and noise, as float32."""
    t = np.arange(n) / sfreq
    drift = 40 + 30 * rng.standard_normal((channels, 1)) + 5 * t
    waves = 20 * np.sin(2 * np.pi * 10.3 * t) + 8 * np.sin(2 * np.pi * 50 * t + 1)
    return (drift + waves + 10 * rng.standard_normal((channels, n))).astype(np.float32)


def filters(rng):
    x = recording(rng, 2, 1000, 160)
    np.save(OUT / "input.npy", x)
    sections = {
        "bandpass-1-40-2": signal.butter(2, [1, 40], "bandpass", fs=160, output="sos"),
        "bandpass-1-40-4": signal.butter(4, [1, 40], "bandpass", fs=160, output="sos"),
        "bandpass-8-13-3": signal.butter(3, [8, 13], "bandpass", fs=160, output="sos"),
        "highpass-0.5-1": signal.butter(1, 0.5, "highpass", fs=160, output="sos"),
        "lowpass-30-5": signal.butter(5, 30, "lowpass", fs=160, output="sos"),
        "notch-50-30": signal.tf2sos(*signal.iirnotch(50, 30, fs=160)),
    }
    for name, sos in sections.items():
        zi = signal.sosfilt_zi(sos)[:, None, :] * x[None, :, :1].astype(float)
        y, _ = signal.sosfilt(sos, x.astype(float), zi=zi)
        np.save(OUT / f"{name}.npy", y)


def resampled(rng):
    x = recording(rng, 1, 3000, 250)
    np.save(OUT / "resample-input.npy", x)
    for old, new in ((250, 160), (160, 250), (512, 160), (100, 200), (200, 100), (499, 160)):
        divisor = gcd(old, new)
        y = signal.resample_poly(x[0].astype(float), new // divisor, old // divisor)
        np.save(OUT / f"resample-{old}-{new}.npy", y)


def welch(rng):
    x = recording(rng, 1, 2000, 160)[0]
    np.save(OUT / "welch-input.npy", x)
    for segment in (64, 256, 1024):
        np.save(OUT / f"welch-{segment}.npy", np.array(signal.welch(x.astype(float), 160, nperseg=segment)))


rng = np.random.default_rng(7)
designs()
filters(rng)
resampled(rng)
welch(rng)
