"""A client of brainwire.v1 in one file. Needs Python 3.9 and the package `websockets` (10 or later).

    python3 brainwire.py ws://127.0.0.1:8765     prints labels as they come

    async with brainwire.connect("ws://127.0.0.1:8765") as live:
        async for message in live.subscribe(what=["decisions"]):
            print(message)
"""
import array
import asyncio
import contextlib
import json
import struct
import sys
import time
from dataclasses import dataclass

HEADER = struct.Struct("<BBHIQqIHHII")  # version kind flags stream start time segment channels 0 samples 0
UNKNOWN_TIME = -(2**63)


class ProtocolError(Exception):
    """What came is not brainwire.v1."""


@dataclass
class Samples:
    stream: int
    segment: int
    start: int  # index of the first sample on the stream's grid
    time_ns: "int | None"  # of the first sample, on the server's clock
    rows: list  # one array of float a channel, NaN where a number is missing


def padded(n):
    return (n + 7) // 8 * 8


def parse_samples(frame):
    """Reads a binary frame."""
    if len(frame) < HEADER.size:
        raise ProtocolError("header cut short")
    version, kind, flags, stream, start, ns, segment, channels, zero, n, zero2 = HEADER.unpack_from(frame)
    if version != 1:
        raise ProtocolError(f"version {version}")
    if kind != 1 or flags > 1 or zero or zero2 or not channels or not n or start + n > 2**53 - 1:
        raise ProtocolError("header out of range")
    count = channels * n
    mask_at = HEADER.size + padded(4 * count)
    if len(frame) != mask_at + (padded((count + 7) // 8) if flags else 0):
        raise ProtocolError("length does not fit the header")
    values = array.array("f", frame[HEADER.size : HEADER.size + 4 * count])
    if sys.byteorder == "big":
        values.byteswap()
    for i, value in enumerate(values):
        if flags and not frame[mask_at + i // 8] >> (i % 8) & 1:
            values[i] = float("nan")
        elif value - value != 0:
            raise ProtocolError(f"number {i} is {value}")
    rows = [values[c * n : (c + 1) * n] for c in range(channels)]
    return Samples(stream, segment, start, None if ns == UNKNOWN_TIME else ns, rows)


def format_samples(samples):
    """Writes a binary frame."""
    values = array.array("f", (value for row in samples.rows for value in row))
    missing = [value != value for value in values]
    mask = bytearray(padded((len(values) + 7) // 8)) if any(missing) else b""
    for i, value in enumerate(values):
        if missing[i]:
            values[i] = 0.0
        elif mask:
            mask[i // 8] |= 1 << (i % 8)
    if sys.byteorder == "big":
        values.byteswap()
    ns = UNKNOWN_TIME if samples.time_ns is None else samples.time_ns
    head = HEADER.pack(1, 1, int(any(missing)), samples.stream, samples.start, ns, samples.segment,
                       len(samples.rows), 0, len(samples.rows[0]), 0)
    return head + values.tobytes().ljust(padded(4 * len(values)), b"\0") + bytes(mask)


class Live:
    """A connection after its handshake."""

    def __init__(self, socket):
        self.socket = socket

    async def send(self, kind, **fields):
        await self.socket.send(json.dumps({"kind": kind, **fields}))

    async def receive(self):
        """The next message: `Samples`, or what the text frame holds. Raises ProtocolError for an error."""
        frame = await self.socket.recv()
        if isinstance(frame, bytes):
            return parse_samples(frame)
        message = json.loads(frame)
        if message["kind"] == "error":
            raise ProtocolError(f"{message['code']}: {message['message']}")
        return message

    async def subscribe(self, **options):
        """Everything that a subscription brings, until its stream ends."""
        await self.send("subscribe", **options)
        while True:
            message = await self.receive()
            yield message
            if isinstance(message, dict) and message["kind"] == "state" and message["status"] == "ended":
                return

    async def publish(self, info):
        """Announces a stream; the answer tells `stream`, `segment` and `next` for the frames to come."""
        await self.send("publish", info=info)
        return await self.receive()

    async def clock_offset(self, probes=8):
        """Nanoseconds to add to time.time_ns() to get the server's clock. Call it before subscribing."""
        best = None
        for _ in range(probes):
            await self.send("ping", t0=str(time.time_ns()))
            pong, t3 = await self.receive(), time.time_ns()
            t0, t1, t2 = (int(pong[name]) for name in ("t0", "t1", "t2"))
            best = min(best or (2**63, 0), ((t3 - t0) - (t2 - t1), ((t1 - t0) + (t2 - t3)) // 2))
        return best[1]


@contextlib.asynccontextmanager
async def connect(url, token=None):
    import websockets

    async with websockets.connect(url, subprotocols=["brainwire.v1"], compression=None, max_size=2**24) as socket:
        live = Live(socket)
        await live.send("hello", client="brainwire.py", **({"token": token} if token else {}))
        await live.receive()  # welcome
        yield live


async def print_labels(url):
    async with connect(url) as live:
        async for message in live.subscribe(what=["decisions"]):
            if isinstance(message, dict) and message["kind"] == "decision":
                print(json.dumps(message["decision"]), flush=True)


if __name__ == "__main__":
    asyncio.run(print_labels(sys.argv[1]))
