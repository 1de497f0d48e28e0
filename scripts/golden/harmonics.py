"""Golden values of the real spherical harmonics for test/eeg/harmonics.test.ts.

    python3 scripts/golden/harmonics.py       writes test/golden/harmonics/harmonics.npy

Needs numpy and SciPy 1.15 or later. Each row holds a unit vector x, y, z and its 36 harmonics up to degree 5,
in the order l = 0 ... 5, m = -l ... l, from SciPy's complex ones, which carry the Condon-Shortley phase.
"""

from pathlib import Path

import numpy as np
from scipy.special import sph_harm_y

OUT = Path(__file__).parents[2] / "test" / "golden" / "harmonics"


def real_harmonic(l, m, polar, azimuth):
    complex_one = sph_harm_y(l, abs(m), polar, azimuth)
    if m == 0:
        return complex_one.real
    part = complex_one.real if m > 0 else complex_one.imag
    return np.sqrt(2) * (-1) ** m * part


rng = np.random.default_rng(36)
places = rng.normal(size=(200, 3))
places = np.concatenate([places, np.eye(3), -np.eye(3), [[1, 1, 0], [0, -1, 1], [-1, 0, 1]]])
places /= np.linalg.norm(places, axis=1, keepdims=True)
polar = np.arctan2(np.hypot(places[:, 0], places[:, 1]), places[:, 2])
azimuth = np.arctan2(places[:, 1], places[:, 0])
columns = [real_harmonic(l, m, polar, azimuth) for l in range(6) for m in range(-l, l + 1)]
OUT.mkdir(parents=True, exist_ok=True)
np.save(OUT / "harmonics.npy", np.column_stack([places, *columns]))
