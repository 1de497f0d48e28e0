"""Golden values for the baselines on covariances: common spatial patterns, tangent space, logistic regression.

    python3 scripts/golden/baselines.py          writes test/golden/baselines/

Common spatial patterns by scipy.linalg.eigh's generalised problem, the tangent space by scipy.linalg.logm and sqrtm, the
logistic regression by scipy.optimize.minimize.
"""

import json
from pathlib import Path

import numpy as np
from scipy.linalg import eigh, inv, logm, sqrtm
from scipy.optimize import minimize

OUT = Path(__file__).parents[2] / "test" / "golden" / "baselines"
OUT.mkdir(parents=True, exist_ok=True)

rng = np.random.default_rng(3)
N, TRIALS, PAIRS, DECAY = 6, 40, 2, 0.1
classes = np.arange(TRIALS) % 2
mixing = np.eye(N) + 0.3 * rng.standard_normal((N, N))
covariances = []
for c in classes:
    scale = np.ones(N)
    scale[0 if c == 0 else 1] = 1.8
    x = mixing @ (scale[:, None] * rng.standard_normal((N, 60)))
    covariances.append(x @ x.T / 60)
covariances = np.array(covariances).round(6)

mean = [np.mean([m / np.trace(m) for m in covariances[classes == c]], axis=0) for c in (0, 1)]
values, vectors = eigh(mean[0], mean[0] + mean[1])
filters = np.concatenate([vectors[:, :PAIRS], vectors[:, -PAIRS:]], axis=1).T
patterns = np.log(np.einsum("fa,tab,fb->tf", filters, covariances, filters))

shrunk = covariances + 0.01 * np.trace(covariances, axis1=1, axis2=2)[:, None, None] / N * np.eye(N)
point = inv(sqrtm(shrunk.mean(axis=0)))
tangent = []
for m in shrunk:
    full = logm(point @ m @ point)
    tangent.append([full[a, b] * (1 if a == b else np.sqrt(2)) for a in range(N) for b in range(a, N)])
tangent = np.real(np.array(tangent))

x = (tangent - tangent.mean(axis=0)) / tangent.std(axis=0)
signs = 2 * classes - 1


def loss(w):
    return np.mean(np.logaddexp(0, -signs * (x @ w[:-1] + w[-1]))) + DECAY * np.sum(w[:-1] ** 2)


w = minimize(loss, np.zeros(x.shape[1] + 1), method="BFGS", options={"gtol": 1e-9}).x
golden = {
    "pairs": PAIRS,
    "decay": DECAY,
    "classes": classes.tolist(),
    "covariances": [m.ravel().tolist() for m in covariances],
    "patterns": patterns[:5].tolist(),
    "tangent": tangent[:5].tolist(),
    "probabilities": (1 / (1 + np.exp(-(x @ w[:-1] + w[-1])))).tolist(),
}
(OUT / "covariances.json").write_text(json.dumps(golden) + "\n")
