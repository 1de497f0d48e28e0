"""Checks brainwire.py against the test vectors of brainwire.v1: `python3 check_vectors.py test/golden/protocol`."""
import json
import math
import pathlib
import sys

from brainwire import ProtocolError, Samples, format_samples, parse_samples


def check(folder):
    vectors = json.loads((pathlib.Path(folder) / "frames.json").read_text())
    for vector in vectors:
        frame = bytes.fromhex(vector["hex"])
        if "error" in vector:
            try:
                parse_samples(frame)
            except ProtocolError:
                continue
            raise SystemExit(f"{vector['name']}: was read, but is faulty")
        got = parse_samples(frame)
        rows = [[None if math.isnan(value) else value for value in row] for row in got.rows]
        time_ns = None if vector["timeNs"] is None else int(vector["timeNs"])
        expected = (vector["stream"], vector["segment"], vector["start"], time_ns, vector["rows"])
        if (got.stream, got.segment, got.start, got.time_ns, rows) != expected:
            raise SystemExit(f"{vector['name']}: read {got}")
        if format_samples(Samples(got.stream, got.segment, got.start, got.time_ns, got.rows)) != frame:
            raise SystemExit(f"{vector['name']}: written differently")
    messages = json.loads((pathlib.Path(folder) / "messages.json").read_text())
    for vector in messages["server"]:
        json.loads(vector["text"])["kind"]
    print(f"{len(vectors)} frames and {len(messages['server'])} messages agree")


if __name__ == "__main__":
    check(sys.argv[1])
