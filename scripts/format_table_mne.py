"""What MNE makes of the recordings that format-table.mjs lists: refused, the same as brainwire, or what is otherwise.

python format_table_mne.py ours.json   prints {"version", "outcomes": {path: {"kind", "text"}}}
"""
import json
import os
import sys
import warnings

import mne
import numpy as np

mne.set_log_level("WARNING")

readers = {
    ".edf": mne.io.read_raw_edf,
    ".bdf": mne.io.read_raw_bdf,
    ".gdf": mne.io.read_raw_gdf,
    ".vhdr": mne.io.read_raw_brainvision,
    ".ahdr": mne.io.read_raw_brainvision,
}


def outcome(path, ours):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = compare(path, ours)
    # those about annotations beyond the data say nothing of what else is otherwise
    warned = any(
        issubclass(each.category, RuntimeWarning) and "outside data range" not in str(each.message)
        and "expanding outside" not in str(each.message)
        for each in caught
    )
    if found["kind"] == "otherwise":
        return {"kind": "warned" if warned else "silent", "text": found["text"] + ("; with a warning" if warned else "")}
    return found


def compare(path, ours):
    read = readers.get(os.path.splitext(path)[1].lower())
    if read is None:
        return {"kind": "refused", "text": "has no reader"}
    try:
        raw = read(path, preload=True)
        data = raw.get_data()
    except BaseException as error:  # whatever it is, a user sees it
        words = str(error).strip().split("\n")[0].replace(os.path.dirname(path) + os.sep, "")[:70]
        return {"kind": "refused", "text": f"refused, {type(error).__name__}{': ' + words if words else ''}"}
    if "refused" in ours:
        return {"kind": "otherwise", "text": f"read, {data.shape[0]} channels, {data.shape[1]} samples"}
    otherwise = []
    compared = [c for c in ours["channels"] if abs(c["sfreq"] - raw.info["sfreq"]) < 1e-6 * c["sfreq"] and c["type"] != "trig"]
    resampled = [c for c in ours["channels"] if abs(c["sfreq"] - raw.info["sfreq"]) >= 1e-6 * c["sfreq"]]
    names = list(raw.ch_names)
    wrong, volts, lengths, absent = [], [], set(), []
    for channel in compared:
        if channel["label"] not in names:
            absent.append(channel["label"])
            continue
        row = data[names.index(channel["label"])]
        kind = raw.get_channel_types([channel["label"]])[0]
        if kind == "stim":
            continue
        if len(row) != channel["n"]:
            lengths.add((len(row), channel["n"]))
        values = [(k, v) for k, v in channel["values"] if k < len(row)]
        theirs = np.array([row[k] for k, _ in values])
        due = np.array([v for _, v in values])
        near = lambda scale: np.allclose(theirs, due * scale, rtol=1e-5, atol=1e-12 + 1e-6 * scale * np.abs(due).max(initial=0))
        if channel["unit"] == "µV":
            if not near(1e-6):
                wrong.append(channel["label"])
        elif near(1) and kind in ("eeg", "eog", "ecg", "emg"):
            volts.append(channel["label"])
        elif not near(1) and not near(1e-6):
            wrong.append(channel["label"])
    if wrong:
        otherwise.append(f"other values in {len(wrong)} of {len(compared)} channels")
    if volts:
        otherwise.append(f"{len(volts)} channel{'s' if len(volts) > 1 else ''} of another unit taken as volts")
    if absent:
        otherwise.append(f"{len(absent)} channels absent or named otherwise")
    for theirs, due in sorted(lengths):
        otherwise.append(f"{theirs} samples in place of {due}")
    if ours["gapped"] or ours["segmented"]:
        otherwise.append("gaps ignored")
    if resampled:
        otherwise.append(f"{len(resampled)} of {len(ours['channels'])} channels resampled")
    count = len(raw.annotations)
    beyond = ours["annotations"] - ours["annotationsWithin"]
    if count not in (ours["annotations"], ours["annotationsWithin"]) and "stim" not in raw.get_channel_types():
        otherwise.append(f"{count} of {ours['annotations']} annotations")
    if not otherwise and beyond > 0 and count == ours["annotationsWithin"]:
        return {"kind": "same", "text": f"same, without {beyond} annotation{'s' if beyond > 1 else ''} beyond the end"}
    if otherwise:
        return {"kind": "otherwise", "text": "; ".join(otherwise)}
    return {"kind": "same", "text": "same"}


with open(sys.argv[1]) as file:
    task = json.load(file)
print(
    json.dumps(
        {
            "version": mne.__version__,
            "outcomes": {f["path"]: outcome(os.path.join(task["folder"], f["path"]), f) for f in task["files"]},
        }
    )
)
