"""The lines of a text log: any common encoding, and never more of a line than memory bears."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

# A JSON line of a real log holds at most a few MB (RLlib repeats its whole config in each).
LONGEST_LINE = 100_000_000  # characters
_CUT = "\ufffd"  # stands for a line too long to hold: no reader takes it for data

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",  # what PowerShell's `>` writes
    codecs.BOM_UTF16_BE: "utf-16",
}


def encoding(head: bytes) -> str:
    """Return the encoding that a file's first bytes announce, else UTF-8."""
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8")


def text(head: bytes) -> str | None:
    """Return the first bytes of a file as text, or None where they are not text."""
    # A crash of the machine may leave a file that ends in zeros.
    decoded = head.rstrip(b"\0").decode(encoding(head), errors="replace")
    return None if "\0" in decoded or decoded.count("\ufffd") > 0.01 * len(decoded) + 2 else decoded


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each line's number, from 1, and its text; a line over LONGEST_LINE yields _CUT."""
    with path.open("rb") as raw:
        codec = encoding(raw.read(4))
    with path.open(encoding=codec, errors="replace") as file:
        number, cut = 1, False
        while line := file.readline(LONGEST_LINE):
            ended = line.endswith("\n")
            if not cut:
                yield number, line if ended or len(line) < LONGEST_LINE else _CUT
            cut = not ended
            number += ended
