"""Golden values of exp, log, sin, cos and tan for test/eeg/math.test.ts, and the coefficients of src/eeg/math.ts.

    python3 scripts/golden/exact-functions.py            writes test/golden/math/*.npy
    python3 scripts/golden/exact-functions.py --print    prints the coefficients

Needs mpmath and numpy. Each .npy holds rows of x, f(x) rounded to the nearest double, and what
is left of f(x) in units of the last place of that double.
"""

import sys
from pathlib import Path

import mpmath
import numpy as np
from mpmath import mp, mpf

mp.prec = 1400  # sine of 2^1023 needs the bits of 2/pi beyond the 1100th
OUT = Path(__file__).parents[2] / "test" / "golden" / "math"


def signs(rng, n):
    return rng.choice([-1.0, 1.0], n)


def magnitudes(rng, low, high, n):
    """n doubles with exponents spread evenly over [low, high)."""
    return np.ldexp(rng.uniform(1, 2, n), np.floor(rng.uniform(low, high, n)).astype(int))


def angles(rng):
    multiples = [float(mpf(int(k)) * mp.pi / 2) for k in rng.integers(1, 2**40, 150)]
    multiples += [float(mpf(int(k)) * mp.pi / 4) for k in rng.integers(1, 1000, 50)]
    # the double nearest to a multiple of pi/2 of them all (Muller, Elementary Functions, 3rd ed., table 11.1)
    multiples += [6381956970095103 * 2.0**797]
    return np.concatenate(
        [
            signs(rng, 300) * magnitudes(rng, -30, 41, 300),
            signs(rng, 150) * magnitudes(rng, 40, 1024, 150),
            rng.uniform(-np.pi, np.pi, 200),
            rng.uniform(-1e9, 1e9, 300),
            2 * np.pi * 9.87 * rng.integers(0, 10**7, 100) / 160,
            multiples,
            [1e22, 2.0**40, np.nextafter(2.0**40, 0), 2.0**1023, 5e-324, 1e-300],
        ]
    )


def inputs(name):
    rng = np.random.default_rng(20)
    if name == "exp":
        return np.concatenate(
            [
                rng.uniform(-745, 709.78, 400),
                rng.uniform(-1, 1, 300),
                rng.uniform(-745.13, -708, 100),
                signs(rng, 200) * magnitudes(rng, -60, 8, 200),
                [709.782712893384, -708.3964185322641, -745.1332191019411, -745.1, 0.34657359027997264],
            ]
        )
    if name == "log":
        return np.concatenate(
            [
                magnitudes(rng, -1022, 1024, 400),
                rng.uniform(0.5, 2, 400),
                1 + signs(rng, 200) * magnitudes(rng, -52, -3, 200),
                rng.uniform(0, 2.2e-308, 50),
                [5e-324, 1.7976931348623157e308, 2.0, 0.5, np.sqrt(2), np.sqrt(0.5), 1.0],
            ]
        )
    return angles(rng)


def golden(name):
    rows = []
    for x in inputs(name):
        exact = getattr(mpmath, name)(mpf(float(x)))
        nearest = float(exact)
        rows.append((float(x), nearest, float((exact - mpf(nearest)) / mpf(float(np.spacing(abs(nearest)))))))
    np.save(OUT / f"{name}.npy", np.array(rows))


def fit(f, high, n):
    """n coefficients of the polynomial that meets f at Chebyshev's nodes on (0, high)."""
    nodes = [high / 2 * (1 + mpmath.cos(mp.pi * (2 * i + 1) / (2 * n))) for i in range(n)]
    matrix = mpmath.matrix(n, n)
    for i, x in enumerate(nodes):
        for j in range(n):
            matrix[i, j] = x**j
    return [float(c) for c in mpmath.lu_solve(matrix, mpmath.matrix([f(x) for x in nodes]))]


def head(value, bits):
    scale = mpf(2) ** (bits - 1 - mpmath.floor(mpmath.log(value, 2)))
    return float(mpmath.floor(value * scale) / scale)


def coefficients():
    quarter = (mp.pi / 4) ** 2 * mpf("1.001")
    print("sine", fit(lambda z: (mpmath.sin(mp.sqrt(z)) - mp.sqrt(z)) / mp.sqrt(z) ** 3, quarter, 7))
    print("cosine", fit(lambda z: (mpmath.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, quarter, 6))
    root = mp.sqrt(2)
    artanh = lambda s: (mpmath.log((1 + s) / (1 - s)) - 2 * s) / s**3
    print("log", fit(lambda z: artanh(mp.sqrt(z)), ((root - 1) / (root + 1)) ** 2 * mpf("1.001"), 8))
    for label, value in (("ln2", mpmath.log(2)), ("ln2/32", mpmath.log(2) / 32)):
        print(label, head(value, 32), float(value - mpf(head(value, 32))))
    print("2^(j/32)", [(float(v), float(v - mpf(float(v)))) for v in (mpf(2) ** (mpf(j) / 32) for j in range(32))])
    half = mp.pi / 2
    first = float(half)
    second = float(half - first)
    print("pi/2", first, second, float(half - first - mpf(second)))
    print("2/pi", hex(int(mpmath.floor(2 / mp.pi * mpf(2) ** 1280))))


if "--print" in sys.argv:
    coefficients()
else:
    OUT.mkdir(parents=True, exist_ok=True)
    for function in ("exp", "log", "sin", "cos", "tan"):
        golden(function)
