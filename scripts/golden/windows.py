"""Golden values for spherical splines and running standardisation.

    python3 scripts/golden/windows.py          writes test/golden/windows/

Both are written from their papers and definitions with NumPy alone: the splines from Perrin et al. 1989 with Legendre
polynomials summed by numpy.polynomial, the weighted mean as the explicit sum over all samples so far.
"""

import json
from pathlib import Path

import numpy as np
from numpy.polynomial import legendre

OUT = Path(__file__).parents[2] / "test" / "golden" / "windows"
OUT.mkdir(parents=True, exist_ok=True)


def g(cosine):
    n = np.arange(1, 51, dtype=float)
    return legendre.legval(cosine, np.concatenate([[0.0], (2 * n + 1) / (n * (n + 1)) ** 4])) / (4 * np.pi)


def weights(source, target):
    k = len(source)
    system = np.zeros((k + 1, k + 1))
    system[:k, :k] = g(np.clip(source @ source.T, -1, 1)) + 1e-5 * np.eye(k)
    system[k, :k] = system[:k, k] = 1
    wanted = np.vstack([g(np.clip(source @ target.T, -1, 1)), np.ones(len(target))])
    return np.linalg.solve(system, wanted)[:k].T


def sphere(rng, n):
    points = rng.standard_normal((n, 3))
    points[:, 2] = np.abs(points[:, 2])
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def splines():
    rng = np.random.default_rng(11)
    cases = []
    for n_source, n_target in ((3, 1), (8, 3), (31, 5)):
        source, target = sphere(rng, n_source), sphere(rng, n_target)
        cases.append({"from": source.tolist(), "to": target.tolist(), "weights": weights(source, target).ravel().tolist()})
    (OUT / "splines.json").write_text(json.dumps(cases))


def running():
    rng = np.random.default_rng(12)
    x = (rng.standard_normal((2, 300)) * [[5], [40]] + [[100], [-3]]).astype(np.float32).astype(float)
    weight, floor = 0.02, 1e-4
    n = x.shape[1]
    out = np.zeros_like(x)
    squares = np.zeros_like(x)
    for t in range(n):
        w = (1 - weight) ** np.arange(t, -1, -1.0)
        centred = x[:, t] - (x[:, : t + 1] * w).sum(1) / w.sum()
        squares[:, t] = centred**2
        out[:, t] = centred / np.maximum(floor, np.sqrt((squares[:, : t + 1] * w).sum(1) / w.sum()))
    (OUT / "running.json").write_text(
        json.dumps({"weight": weight, "floor": floor, "input": x.ravel().tolist(), "output": [round(v, 9) for v in out.ravel().tolist()]})
    )


splines()
running()
