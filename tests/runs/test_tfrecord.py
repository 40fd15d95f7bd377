"""TFRecord framing: checksums, damage, records of every length."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_trainer.runs.crc32c import crc32c
from neural_trainer.runs.tfrecord import RecordFile, is_header, masked

# RFC 3720, appendix B.4, and the check value of the CRC catalogue.
VECTORS = {
    "zeros": (bytes(32), 0x8A9136AA),
    "ones": (b"\xff" * 32, 0x62A8AB43),
    "counting": (bytes(range(32)), 0x46DD794E),
    "check-value": (b"123456789", 0xE3069283),
    "empty": (b"", 0),
}


@pytest.mark.parametrize(("data", "expected"), VECTORS.values(), ids=VECTORS)
def test_checksum_vectors(data: bytes, expected: int) -> None:
    assert crc32c(data) == expected


def bytewise(data: bytes) -> int:
    """Return the CRC-32C as its definition has it, a bit at a time."""
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


@pytest.mark.parametrize("length", [1, 3, 4, 5, 4095, 4096, 4097, 9000])
def test_checksum_of_any_length(length: int) -> None:
    data = np.random.default_rng(length).bytes(length)
    assert crc32c(data) == bytewise(data)


def record(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return (
        length
        + struct.pack("<I", masked(bytewise(length)))
        + payload
        + struct.pack("<I", masked(bytewise(payload)))
    )


def payloads(path: Path) -> tuple[list[bytes], list[str]]:
    file = RecordFile(path)
    found = [
        (int(at), row.tobytes())
        for records in file
        for at, row in zip(records.ordinal, records.payload, strict=True)
    ]
    return [payload for _, payload in sorted(found)], file.notes


WHOLE = [b"", b"a", b"abc", b"wxyz" * 3, b"b" * 40, b"c" * 40, b"long" * 2000, b"d" * 40]


@pytest.fixture(params=[50, 1 << 23], ids=["small-chunks", "one-chunk"])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    size: int = request.param
    monkeypatch.setattr("neural_trainer.runs.tfrecord._CHUNK", size)
    return size


def test_whole_file(tmp_path: Path, chunk: int) -> None:
    path = tmp_path / "events"
    path.write_bytes(b"".join(map(record, WHOLE)))
    assert payloads(path) == (WHOLE, [])


def test_every_truncation_keeps_the_prefix(tmp_path: Path, chunk: int) -> None:
    parts = [record(payload) for payload in (b"ab", b"cdefgh", b"ij")]
    data, ends = b"".join(parts), np.cumsum([len(part) for part in parts]).tolist()
    path = tmp_path / "events"
    for size in range(1, len(data) + 1):
        path.write_bytes(data[:size])
        found, notes = payloads(path)
        assert len(found) == sum(end <= size for end in ends)
        assert bool(notes) is (size not in ends)


def test_wrong_payload_costs_one_record(tmp_path: Path, chunk: int) -> None:
    path = tmp_path / "events"
    data = bytearray(b"".join(map(record, [b"first", b"second", b"y" * 5000, b"third"])))
    data[len(record(b"first")) + 14] ^= 1
    data[-len(record(b"third")) - 100] ^= 1
    path.write_bytes(data)
    found, notes = payloads(path)
    assert found == [b"first", b"third"]
    assert "2 records with a wrong checksum" in notes[0]


def test_wrong_length_is_passed_over(tmp_path: Path, chunk: int) -> None:
    path = tmp_path / "events"
    data = bytearray(b"".join(map(record, [b"first", b"second", b"third"])))
    data[len(record(b"first"))] ^= 0xFF
    path.write_bytes(data)
    found, notes = payloads(path)
    assert found == [b"first", b"third"]
    assert f"{len(record(b'second'))} bytes that belong to no record" in notes[0]


def test_a_length_beyond_the_file_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "events"
    length = struct.pack("<Q", 1 << 62)
    path.write_bytes(record(b"first") + length + struct.pack("<I", masked(crc32c(length))) + b"x")
    found, notes = payloads(path)
    assert found == [b"first"]
    assert "the last 13 bytes" in notes[0]


def test_a_payload_too_long_is_passed_over(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neural_trainer.runs.tfrecord._LARGEST", 1000)
    path = tmp_path / "events"
    path.write_bytes(record(b"first") + record(b"z" * 5000) + record(b"third"))
    found, notes = payloads(path)
    if chunk == 50:
        assert found == [b"first", b"third"]
        assert "too long" in notes[0]
    else:
        assert len(found) == 3


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_noise_holds_no_record(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "noise"
    path.write_bytes(noise)
    found, notes = payloads(path)
    assert found == []
    assert bool(notes) is bool(noise)
    assert not is_header(noise)
