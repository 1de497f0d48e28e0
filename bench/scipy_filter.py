"""SciPy's side of filter.bench.js: processor time in milliseconds, as JSON on one line."""

import json
import sys
import time

import numpy as np
import scipy
from scipy import signal

CHANNELS, SAMPLES, CHUNK, ROUNDS = 64, 19200, 16, int(sys.argv[1])
x = (20 * np.random.default_rng(1).standard_normal((CHANNELS, SAMPLES))).astype(np.float32)


def times(work):
    work()
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        rounds.append(1e3 * (time.process_time() - start))
    return rounds


def long(order, dtype):
    sos = signal.butter(order, [1, 40], "bandpass", fs=160, output="sos")
    data = x.astype(dtype)
    zi = signal.sosfilt_zi(sos)[:, None, :] * data[None, :, :1]
    return times(lambda: signal.sosfilt(sos, data, zi=zi))


def chunks(order):
    sos = signal.butter(order, [1, 40], "bandpass", fs=160, output="sos")
    zi = signal.sosfilt_zi(sos)[:, None, :] * x[None, :, :1]

    def work():
        state = zi
        for start in range(0, SAMPLES // 4, CHUNK):
            _, state = signal.sosfilt(sos, x[:, start : start + CHUNK], zi=state)

    return times(work)


result = {"version": scipy.__version__, "resample": times(lambda: signal.resample_poly(x, 16, 25, axis=1))}
for order in (2, 4):
    # The faster of its two precisions counts.
    result[f"long{order}"] = min((long(order, dtype) for dtype in (np.float32, np.float64)), key=min)
    result[f"chunks{order}"] = chunks(order)
print(json.dumps(result))
