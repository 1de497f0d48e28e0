"""Go on in MNE and pandas with what brainwire decoded.

    npx brainwire decode my.edf --model eyes --format tsv --no-timing --out labels.tsv
    npx brainwire decode my.edf --model eyes --format bids --out sub-01_task-rest
    npx brainwire decode my.edf --model eyes --annotate my-decoded.edf --quiet > /dev/null
    python3 examples/python/mne_and_pandas.py labels.tsv sub-01_task-rest_events.tsv my-decoded.edf

Needs mne (1.3 or later) and pandas.
"""

import sys

import mne
import pandas as pd

labels_tsv, events_tsv, decoded_edf = sys.argv[1:4]

# Every decision, one row each: when, which label, how probable, or why there is none.
labels = pd.read_csv(labels_tsv, sep="\t")
print(labels.groupby(labels.label.fillna("(none)")).time.agg(["count", "min", "max"]))

# BIDS events: one row for each stretch with one label.
events = pd.read_csv(events_tsv, sep="\t")
print(events[["onset", "duration", "trial_type", "probability"]].head(4))

# The copy of the recording carries the labels among its annotations. MNE takes `decoded` for a group of events.
raw = mne.io.read_raw_edf(decoded_edf, preload=True, verbose="error")
sections, ids = mne.events_from_annotations(raw, regexp="^decoded/", chunk_duration=2.0, verbose="error")
epochs = mne.Epochs(raw, sections, ids, tmin=0, tmax=2, baseline=None, preload=True, verbose="error")
for label in ids:
    alpha = epochs[label].compute_psd("welch", n_fft=400, fmin=8, fmax=13, picks=["O1", "Oz", "O2"], verbose="error")
    print(f"{label}: {len(epochs[label])} epochs of 2 s, occipital alpha {alpha.get_data().mean() * 1e12:.1f} µV²/Hz")
