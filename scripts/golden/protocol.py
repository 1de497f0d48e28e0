"""Test vectors of brainwire.v1, written from PROTOCOL.md alone, without brainwire's own codec.

    python3 scripts/golden/protocol.py        (needs nothing but Python 3)

Writes test/golden/protocol/: `frames.json` (binary frames as hex, and what they hold, or the code of the error that
they must give) and `messages.json` (text frames, and the code of the error where there must be one).
"""
import json
import math
import pathlib
import struct

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "golden" / "protocol"
UNKNOWN = -(2**63)


def pad(data):
    return data + b"\0" * (-len(data) % 8)


def header(version=1, kind=1, flags=0, stream=1, start=0, time=UNKNOWN, segment=0, channels=1, zero=0, n=1, zero2=0):
    return struct.pack("<BBHIQqIHHII", version, kind, flags, stream, start, time, segment, channels, zero, n, zero2)


def body(rows):
    values = [v for row in rows for v in row]
    data = pad(struct.pack(f"<{len(values)}f", *(0.0 if v is None else v for v in values)))
    if None in values:
        mask = bytearray((len(values) + 7) // 8)
        for i, v in enumerate(values):
            if v is not None:
                mask[i // 8] |= 1 << (i % 8)
        data += pad(bytes(mask))
    return data


def good(name, rows, stream=1, segment=0, start=0, time=None):
    masked = any(v is None for row in rows for v in row)
    head = header(flags=int(masked), stream=stream, segment=segment, start=start,
                  time=UNKNOWN if time is None else time, channels=len(rows), n=len(rows[0]))
    # what float32 makes of each number, exactly
    kept = [[None if v is None else struct.unpack("<f", struct.pack("<f", v))[0] for v in row] for row in rows]
    return {"name": name, "hex": (head + body(rows)).hex(), "stream": stream, "segment": segment, "start": start,
            "timeNs": None if time is None else str(time), "rows": kept}


def bad(name, data, code="PROTOCOL_FRAME"):
    return {"name": name, "hex": data.hex(), "error": code}


one = body([[1.5]])
frames = [
    good("one sample of one channel", [[1.5]]),
    good("two channels, padded to 8 bytes", [[1.0, -2.0, 3.25], [0.0, 1e-3, -1e6]], stream=7, segment=3, start=160),
    good("time of the first sample", [[0.25, 0.5]], time=1_790_000_000_123_456_789),
    good("time before 1970", [[0.25]], time=-1),
    good("largest index and numbers", [[3.4028234663852886e38]], stream=2**32 - 1, segment=2**32 - 1, start=2**53 - 2),
    good("one number missing", [[1.0, None, 3.0], [4.0, 5.0, 6.0]], start=12),
    good("a whole channel missing", [[1.0] * 9, [None] * 9], start=12),
    good("nothing there", [[None]]),
    good("negative zero and a denormal", [[-0.0, 1e-42]]),
    good("eight channels, 50 ms at 250 Hz",
         [[round(50 * math.sin(0.25 * s + c), 4) for s in range(12)] for c in range(8)], stream=4, segment=1, start=3000),
    bad("empty", b""),
    bad("header cut short", header()[:39]),
    bad("no data", header()),
    bad("data cut short", (header() + one)[:-1]),
    bad("data too long", header() + one + b"\0" * 8),
    bad("version 0", header(version=0) + one, "PROTOCOL_VERSION"),
    bad("version 2", header(version=2) + one, "PROTOCOL_VERSION"),
    bad("unknown kind", header(kind=2) + one),
    bad("unknown flag", header(flags=2) + one),
    bad("no channels", header(channels=0)),
    bad("no samples", header(n=0)),
    bad("reserved bytes set", header(zero=1) + one),
    bad("reserved bytes at the end set", header(zero2=1) + one),
    bad("65535 channels of 4294967295 samples", header(channels=65535, n=2**32 - 1) + one),
    bad("index beyond 2^53", header(start=2**53) + one),
    bad("index of all ones", header(start=2**64 - 1) + one),
    bad("NaN without a mask", header() + pad(struct.pack("<f", math.nan))),
    bad("NaN that the mask calls valid", header(flags=1) + pad(struct.pack("<f", math.nan)) + pad(b"\1")),
    bad("infinity", header() + pad(struct.pack("<f", math.inf))),
    bad("minus infinity", header() + pad(struct.pack("<f", -math.inf))),
    bad("mask missing", header(flags=1) + one),
]

channel = {"label": "O1", "unit": "µV", "type": "eeg", "position": [-0.3, -0.9, 0.2], "reference": None}
info = {"name": "headset", "sourceId": "serial 1", "channels": [channel], "sfreq": {"num": 250, "den": 1}}
described = info | {"type": "EEG", "t0": None, "filters": [], "delaySamples": 0, "settleSamples": 0, "stream": 1,
                    "instance": "a1b2", "segment": 0, "origin": "pushed", "clock": {"t0Ns": "1790000000000000000"},
                    "model": {"name": "eyes", "version": "1.0.0", "hash": "00ff", "labels": ["open", "closed"],
                              "hopSamples": 25}, "durationSeconds": None}
decided = {"kind": "decision", "sample": 1000, "time": 4, "label": "open", "probability": 0.75,
           "probabilities": {"open": 0.75, "closed": 0.25}, "abstained": False, "reasons": []}

MESSAGE = "PROTOCOL_MESSAGE"
client = [
    ({"kind": "hello"}, None),
    ({"kind": "hello", "token": "secret", "client": "test 1.0"}, None),
    ({"kind": "hello", "tokne": "secret"}, MESSAGE),
    ({"kind": "hello", "token": 5}, MESSAGE),
    ({"kind": "list", "request": 3}, None),
    ({"kind": "subscribe"}, None),
    ({"kind": "subscribe", "request": 1, "stream": "headset", "what": ["samples", "decisions", "markers", "quality"],
      "from": {"instance": "a1b2", "segment": 0, "sample": 500}, "delivery": "latest", "encoding": "json",
      "credit": 64}, None),
    ({"kind": "subscribe", "what": []}, MESSAGE),
    ({"kind": "subscribe", "what": ["thoughts"]}, MESSAGE),
    ({"kind": "subscribe", "delivery": "block"}, MESSAGE),
    ({"kind": "subscribe", "from": {"segment": 0, "sample": -1}}, MESSAGE),
    ({"kind": "subscribe", "from": {"segment": 0, "sample": 0.5}}, MESSAGE),
    ({"kind": "subscribe", "from": {"segment": 0, "sample": 2**53}}, MESSAGE),
    ({"kind": "subscribe", "credit": 0}, MESSAGE),
    ({"kind": "unsubscribe", "stream": 1}, None),
    ({"kind": "credit", "stream": 1, "messages": 32}, None),
    ({"kind": "publish", "request": 2, "info": info}, None),
    ({"kind": "publish", "info": info | {"sfreq": {"num": 0, "den": 1}}}, MESSAGE),
    ({"kind": "publish", "info": info | {"channels": []}}, MESSAGE),
    ({"kind": "publish", "info": {k: v for k, v in info.items() if k != "sfreq"}}, MESSAGE),
    ({"kind": "info", "stream": 1, "info": info}, None),
    ({"kind": "samples", "stream": 1, "segment": 0, "start": 0, "data": [[1.5, None]]}, None),
    ({"kind": "samples", "stream": 1, "segment": 0, "start": 0, "timeNs": "1790000000000000000", "data": [[1.5]]}, None),
    ({"kind": "samples", "stream": 1, "segment": 0, "start": 0, "timeNs": 1790000000000, "data": [[1.5]]}, MESSAGE),
    ({"kind": "samples", "stream": 1, "segment": 0, "start": 0, "data": [["1.5"]]}, MESSAGE),
    ({"kind": "gap", "stream": 1, "segment": 0, "start": 10, "nSamples": 5, "reason": "lost"}, None),
    ({"kind": "gap", "stream": 1, "segment": 0, "start": 10, "nSamples": 0, "reason": "lost"}, MESSAGE),
    ({"kind": "marker", "stream": 1, "segment": 0, "onset": 10.5, "duration": 0, "text": "eyes closed"}, None),
    ({"kind": "end", "stream": 1}, None),
    ({"kind": "control", "stream": 1, "action": {"do": "pause"}}, None),
    ({"kind": "control", "stream": 1, "action": {"do": "seek", "seconds": 12.5}}, None),
    ({"kind": "control", "stream": 1, "action": {"do": "speed", "speed": "max"}}, None),
    ({"kind": "control", "stream": 1, "action": {"do": "speed", "speed": 0}}, MESSAGE),
    ({"kind": "control", "stream": 1, "action": {"do": "explode"}}, MESSAGE),
    ({"kind": "ping", "t0": "123456789012345678"}, None),
    ({"kind": "ping", "t0": 123}, MESSAGE),
    ({"kind": "open sesame"}, MESSAGE),
    ({}, MESSAGE),
    ([], MESSAGE),
    (None, MESSAGE),
]
server = [
    {"kind": "welcome", "protocol": "brainwire.v1", "server": "brainwire 0.1.0", "roles": ["subscribe"],
     "heartbeatMs": 10000, "limits": {"payloadBytes": 4194304, "textBytes": 262144, "messagesPerSecond": 20000,
                                      "channels": 1024, "sfreqHz": 50000}},
    {"kind": "streams", "request": 3, "streams": [described]},
    {"kind": "subscribed", "request": 1, "stream": 1, "instance": "a1b2", "resumed": True},
    {"kind": "info", "stream": 1, "segment": 0, "info": described},
    {"kind": "samples", "stream": 1, "segment": 0, "start": 0, "timeNs": "1790000000000000000", "data": [[1.5, None]]},
    {"kind": "gap", "stream": 1, "segment": 0, "start": 10, "nSamples": 5, "reason": "lost"},
    {"kind": "marker", "stream": 1, "segment": 0, "onset": 10.5, "duration": 0, "text": "eyes closed"},
    {"kind": "decision", "stream": 1, "segment": 0, "model": "00ff", "ageMs": 0.42,
     "stages": {"queueMs": 0.01, "decodeMs": 0.4, "publishMs": 0.01}, "decision": decided},
    {"kind": "quality", "stream": 1, "segment": 0, "start": 0, "nSamples": 250,
     "channels": [{"deviation": 12.5, "peakToPeak": 60, "missing": 0, "state": "good"},
                  {"deviation": 90, "peakToPeak": 400, "missing": 0.5, "state": "good", "faults": ["deviation", "uncorrelated"]}]},
    {"kind": "dropped", "stream": 1, "segment": 0, "what": "samples", "reason": "slow", "messages": 3,
     "ranges": [{"start": 100, "nSamples": 75}]},
    {"kind": "state", "stream": 1, "segment": 0, "status": "live", "playback": None,
     "clock": {"driftPpm": -12.5, "jitterMs": 0.8}},
    {"kind": "published", "request": 2, "stream": 1, "segment": 0, "instance": "a1b2", "next": 0},
    {"kind": "pong", "t0": "1", "t1": "1790000000000000000", "t2": "1790000000000000001"},
    {"kind": "done", "request": 4},
    {"kind": "error", "request": 1, "code": "PROTOCOL_STREAM", "message": "no stream 'x'", "fatal": False},
]


def text(value):
    return json.dumps(value, ensure_ascii=False)


messages = {
    "client": [{"text": text(m)} | ({"error": code} if code else {}) for m, code in client]
    + [{"text": t, "error": MESSAGE} for t in ["", "hello", "{", '{"kind":"hello"', '{"kind":"ping","t0":"1"}x', "[" * 50000]]
    + [{"text": '{"kind":"hello","__proto__":{"token":"x"}}', "error": MESSAGE},
       {"text": '{"kind":"samples","stream":1,"segment":0,"start":0,"data":[[1e999]]}', "error": MESSAGE}],
    "server": [{"text": text(m)} for m in server],
}

OUT.mkdir(parents=True, exist_ok=True)
(OUT / "frames.json").write_text(json.dumps(frames, indent=1) + "\n")
(OUT / "messages.json").write_text(json.dumps(messages, indent=1, ensure_ascii=False) + "\n")
print(f"{len(frames)} frames, {len(client)} + {len(server)} messages")
