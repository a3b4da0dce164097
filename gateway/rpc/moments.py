"""Times as the contract spells them.

Rule: the gateway reckons in whole µs since the epoch; only here do they become a Timestamp, and one becomes them.
"""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.rpc.faults import Faults


def moment(microseconds: int) -> Timestamp:
    """`microseconds` since the epoch."""
    stamp = Timestamp()
    stamp.FromMicroseconds(microseconds)
    return stamp


def microseconds(place: str, stamp: Timestamp, faults: Faults) -> int:
    """The inverse; a Timestamp that is no time is a fault: its nanos may be any number on the wire."""
    try:
        return stamp.ToMicroseconds()
    except ValueError:
        faults.add(place, "not a time: seconds from year 1 to 9999, nanos from 0 to 999999999")
        return 0
