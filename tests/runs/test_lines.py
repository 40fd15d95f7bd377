"""Blocks of lines: they hold the file with line feeds for every end, whatever their size."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from neural_trainer.runs.lines import blocks, num_ends, plain


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.sampled_from([b"a", b"bc", b"\r\n", b"\n", b"\r", b"1,2\r\n"]), max_size=30),
    size=st.integers(2, 40),
)
@example(parts=[b"a", b"\r", b"b", b"\r", b"c"], size=4)
@example(parts=[b"1,2\r\n"] * 5, size=7)
def test_every_end_is_a_line_feed(parts: list[bytes], size: int, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"".join(parts))
    with patch("neural_trainer.runs.lines._BLOCK", size):
        pieces = list(blocks(path))
    stops = [0, *(stop for stop, _ in pieces)]
    assert b"".join(block for _, block in pieces) == path.read_bytes()
    for start, (stop, block) in zip(stops, pieces, strict=False):
        ended = block.endswith((b"\r", b"\n")) and path.read_bytes()[start:stop] == block
        assert ended or (stop == start and block == pieces[-1][1])
    with path.open(encoding="ascii") as file:  # Python's own universal newlines
        read = b"".join(plain(block) for _, block in pieces)
        assert read.rstrip(b"\n") == file.read().rstrip("\n").encode()


def test_a_line_beyond_memory_may_end_as_those_of_old_macs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 100 + b"\r1,2\r3,4\r")
    monkeypatch.setattr("neural_trainer.runs.lines._BLOCK", 8)
    monkeypatch.setattr("neural_trainer.runs.lines.LONGEST_LINE", 40)
    read = b"".join(plain(block) for _, block in blocks(path))
    assert read.decode() == "\ufffd\n1,2\n3,4\n"


def test_ends_are_counted() -> None:
    assert [num_ends(block) for block in (b"", b"a", b"a\n", b"\n\r\n", b"a\nb")] == [0, 0, 1, 2, 1]
