"""Golden values for test/signal/quality-stage.test.ts: the criteria for noisy channels of PREP, computed twice.

    python3 scripts/golden/quality.py          writes test/golden/quality/

`windows` and `verdicts`: what a stream can know, with causal filters (SciPy's butter and sosfilt), window by window.
`prep`: what PREP finds in the whole recording, filtered forth and back: an own implementation of the criteria that
Bigdely-Shamlo et al. (The PREP pipeline, Front. Neuroinform. 9:16, 2015) give and that PyPREP 0.5's NoisyChannels
documents: amplitude by the distance of the quartiles, z > 5; median deviation above over that below 50 Hz, z > 5;
98th percentile of the absolute correlations below 0.4 in more than 1 % of windows of a second.

Real recordings (EEGMMIDB, PhysioNet) are taken from brainwire's cache where they are; none of their samples is kept.
Made with SciPy 1.17.1 and NumPy 2.4.
"""

import json
import os
from pathlib import Path

import numpy as np
from scipy import signal

OUT = Path(__file__).parents[2] / "test" / "golden" / "quality"
OUT.mkdir(parents=True, exist_ok=True)
CACHE = Path(os.environ.get("BRAINWIRE_CACHE", Path.home() / ".cache" / "brainwire")) / "eegmmidb"
IQR_TO_SD, MAD_TO_SD = 0.7413, 1.4826


def quantile(x, share, axis=-1):
    return np.quantile(x, share, axis=axis, method="hazen")


def iqr(x, axis=-1):
    return quantile(x, 0.75, axis) - quantile(x, 0.25, axis)


def mad(x, axis=-1):
    return np.median(np.abs(x - np.median(x, axis=axis, keepdims=True)), axis=axis)


def made(sfreq=200, seconds=12):
    """Sixteen channels that share sources, and what is wrong with some of them."""
    rng = np.random.default_rng(2015)
    n = sfreq * seconds
    t = np.arange(n) / sfreq
    rhythm = signal.sosfilt(signal.butter(2, [7, 13], "bandpass", fs=sfreq, output="sos"), rng.standard_normal((6, n)))
    slow = signal.sosfilt(signal.butter(2, 8, "lowpass", fs=sfreq, output="sos"), rng.standard_normal((6, n)))
    mix = rng.uniform(0.4, 1, (16, 6))
    x = mix @ (40 * rhythm + 25 * slow) + 1.5 * rng.standard_normal((16, n)) + 30 * rng.standard_normal((16, 1)) + 3 * t
    x[1] *= 14
    x[3] += 60 * signal.sosfilt(signal.butter(4, 60, "highpass", fs=sfreq, output="sos"), rng.standard_normal(n))
    x[5] = 12 * rng.standard_normal(n).cumsum() / np.sqrt(n) + 15 * signal.sosfilt(signal.butter(2, 9, "lowpass", fs=sfreq, output="sos"), rng.standard_normal(n)) * 3
    x[7] += 60 * np.sin(2 * np.pi * 50 * t)
    x[9] = np.clip(x[9], np.quantile(x[9], 0.1), np.quantile(x[9], 0.9))
    x[11, 4 * sfreq : 6 * sfreq] = x[11, 4 * sfreq]
    return x.astype(np.float32), sfreq


def causal(sos, x):
    zi = signal.sosfilt_zi(sos)[:, None, :] * x[None, :, :1]
    return signal.sosfilt(sos, x, axis=-1, zi=zi)[0].astype(np.float32).astype(float)


def windows(x, sfreq):
    """What each whole second says of each channel, as [window][measure] -> channels."""
    x = x.astype(float)
    n = round(sfreq)
    flat_x = causal(signal.butter(2, 1, "highpass", fs=sfreq, output="sos"), x)
    below = causal(signal.butter(4, 45, "lowpass", fs=sfreq, output="sos"), flat_x)
    above = causal(signal.butter(4, 50, "highpass", fs=sfreq, output="sos"), flat_x)
    rows = []
    for start in range(0, x.shape[1] - n + 1, n):
        cut = slice(start, start + n)
        held = np.array([longest_run(channel) for channel in x[:, cut]])
        alive = held * 2 < n
        amplitude = np.where(alive, IQR_TO_SD * iqr(flat_x[:, cut]), np.nan)
        noisiness = np.where(alive, mad(above[:, cut]) / mad(below[:, cut]), np.nan)
        correlation = np.zeros(len(x))
        r = np.abs(np.corrcoef(below[alive][:, cut]))
        np.fill_diagonal(r, 0)
        correlation[alive] = quantile(r, 0.98, axis=0)
        time = np.arange(n) / sfreq
        power = np.max([2 / n * np.abs(flat_x[:, cut] @ np.exp(-2j * np.pi * f * time)) ** 2 for f in (50, 60) if f < sfreq / 2], axis=0)
        mains = np.where(alive, power / np.sum(flat_x[:, cut] ** 2, axis=-1), np.nan)
        rows.append({"start": start, "flat": ~alive, "amplitude": amplitude, "noisiness": noisiness, "correlation": correlation, "mains": mains})
    return rows


def longest_run(x):
    changes = np.flatnonzero(np.diff(x)) + 1
    return int(np.max(np.diff(np.concatenate([[0], changes, [len(x)]]))))


def verdicts(rows):
    amplitude = np.nanmedian([row["amplitude"] for row in rows], axis=0)
    noisiness = np.nanmedian([row["noisiness"] for row in rows], axis=0)
    low = np.array([row["correlation"] < 0.4 for row in rows]) & ~np.array([row["flat"] for row in rows])
    return {
        "amplitudeZ": (amplitude - np.median(amplitude)) / (IQR_TO_SD * iqr(amplitude)),
        "noisinessZ": (noisiness - np.median(noisiness)) / (MAD_TO_SD * mad(noisiness)),
        "uncorrelated": low.mean(axis=0),
    }


def prep(x, sfreq):
    """Indexes of the channels that are bad by each criterion, in the whole recording."""
    x = x.astype(float)
    x = signal.sosfiltfilt(signal.butter(2, 1, "highpass", fs=sfreq, output="sos"), x, axis=-1)
    below = signal.filtfilt(signal.firwin(101, 47.5, fs=sfreq), 1, x, axis=-1)
    amplitude = IQR_TO_SD * iqr(x)
    noisiness = mad(x - below) / mad(below)
    z = (amplitude - np.median(amplitude)) / (IQR_TO_SD * iqr(amplitude))
    noise = (noisiness - np.median(noisiness)) / (MAD_TO_SD * mad(noisiness))
    n = round(sfreq)
    low = []
    for start in range(0, x.shape[1] - n + 1, n):
        r = np.abs(np.corrcoef(below[:, start : start + n]))
        np.fill_diagonal(r, 0)
        low.append(quantile(r, 0.98, axis=0) < 0.4)
    share = np.mean(low, axis=0)
    where = lambda mask: np.flatnonzero(mask).tolist()
    return {"deviation": where(np.abs(z) > 5), "noisy": where(noise > 5), "uncorrelated": where(share > 0.01)}


def edf(path):
    """The EEG channels of an EDF+C file of EEGMMIDB in microvolts, without the padding at its end."""
    raw = path.read_bytes()
    ns = int(raw[252:256])
    records = int(raw[236:244])
    field = lambda offset, width: [raw[256 + offset * ns + width * i :][:width].decode().strip() for i in range(ns)]
    low, high = (np.array(field(at, 8), float) for at in (104, 112))
    dlow, dhigh = (np.array(field(at, 8), float) for at in (120, 128))
    per = [int(v) for v in field(216, 8)]
    data = np.frombuffer(raw[256 * (ns + 1) :], "<i2").reshape(records, sum(per))
    x = np.stack([data[:, sum(per[:c]) : sum(per[: c + 1])].ravel() for c in range(ns - 1)]).astype(float)
    gain = ((high - low) / (dhigh - dlow))[:-1, None]
    x = (x - dlow[:-1, None]) * gain + low[:-1, None]
    still = np.flatnonzero(np.any(np.diff(x) != 0, axis=0))[-1] + 2
    return x[:, :still], per[0] / float(raw[244:252])


def numbers(row):
    plain = lambda v: [None if np.isnan(u) else float(u) for u in np.asarray(v, float)]
    return {key: value if isinstance(value, int) else [bool(v) for v in value] if value.dtype == bool else plain(value) for key, value in row.items()}


x, sfreq = made()
np.save(OUT / "made.npy", x)
rows = windows(x, sfreq)
found = {"sfreq": sfreq, "windows": [numbers(row) for row in rows[1:]], "verdicts": numbers(verdicts(rows[2:])), "prep": prep(x, sfreq)}
(OUT / "made.json").write_text(json.dumps(found) + "\n")

real = {}
for path in sorted(CACHE.glob("S0[01]?R0[12].edf")):
    data, rate = edf(path)
    real[path.stem] = prep(data, rate)
if real:
    (OUT / "eegmmidb.json").write_text(json.dumps(real) + "\n")
