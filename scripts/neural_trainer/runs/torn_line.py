"""The last line of a text where no end follows it: which of its numbers are whole.

A number is whole where something follows that cannot be of it. Of the last number of the line that
is told by the lines before: where they all print it with as many decimals, it has no more. What the
numbers mean is told by a line of the same form, since a unit or a name may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from neural_trainer.runs.line_keys import parts_of
from neural_trainer.runs.line_units import UNIT
from neural_trainer.runs.lines import encoding
from neural_trainer.runs.text_lines import plain, prefix_of, states_of

LEFT_OUT = "the last line has no end and may be torn: it is left out"
IN_PART = "the last line has no end: its last value may be torn and is left out"

_TAIL = 1 << 16  # bytes before the line in which one of its form is looked for
_FEWEST = 5  # numbers alike before one is taken for whole by its decimals
# One decimal, or more than ten, may be as many as a float happens to need.
_DECIMALS = re.compile(r"[-+]?\d+\.(\d{2,10})")
_NO_NUMBER = re.compile(r"[-+]?(?:nan|inf)", re.IGNORECASE)
_BAR = re.compile(r"[█▉▊▋▌▍▎▏━╸╺=>.#\s]{2,}")  # as far as it is filled
_OF_NUMBER = re.compile(r"[.,:eE+-]{1,2}")  # what a number may go on with
_NEXT = re.compile(r"[-+]?(?:\.|n|na|i|in|infin\w*)?", re.IGNORECASE)  # how one may begin


class LastLine(NamedTuple):
    """A line as its form has it. parts: text, number, …, text; num_whole: whole numbers in it."""

    parts: list[str]
    num_whole: int

    @property
    def is_whole(self) -> bool:
        """Whether no number of its form is missing or may be torn."""
        return self.num_whole == len(self.parts) // 2


def last_line(path: Path, text: str) -> LastLine | None:
    """Return what is whole of the last line of a file, None where no line before has its form."""
    torn = parts_of(text)
    count = len(torn) // 2
    if not count:
        return None
    blank = " " * text[-1:].isspace()
    before = [parts_of(line) for line in _before(path, text)]
    form, num_whole = next(
        (
            (parts, whole)
            for parts in reversed(before)
            if (whole := _num_whole(torn, blank, parts)) is not None
        ),
        ([], 0),
    )
    if not form:
        return None
    if num_whole < count and not torn[-1]:
        texts = _texts(torn, count)
        alike = [p[2 * count - 1] for p in before if _texts(p, count) == texts]
        num_whole += is_fixed(torn[-2], alike)
    return LastLine([*torn[:-1], *form[2 * count :]], num_whole)


def is_fixed(number: str, others: Sequence[str]) -> bool:
    """Return whether a number has the decimals that all `others` have, and is whole therefore.

    >>> is_fixed("0.25", ["0.50"] * 5), is_fixed("0.2", ["0.50"] * 5), is_fixed("0.25", ["0.5"] * 5)
    (True, False, False)
    """
    matches = [_DECIMALS.fullmatch(x) for x in (number, *others) if not _NO_NUMBER.fullmatch(x)]
    decimals = {len(match[1]) if match else 0 for match in matches}
    return len(matches) > _FEWEST and len(decimals) == 1 and 0 not in decimals


def note_of(text: str, last: LastLine | None, taken: bool) -> list[str]:
    """Return what is to be said of a last line without an end. taken: at least in part."""
    if not text:
        return []
    if not taken:
        return [LEFT_OUT]
    return [] if last is not None and last.is_whole else [IN_PART]


def _num_whole(torn: Sequence[str], blank: str, form: Sequence[str]) -> int | None:
    """Return how many numbers of a line are whole, None where it is not of this form."""
    count = len(torn) // 2
    if 2 * count >= len(form) or _texts(torn, count) != _texts(form, count):
        return None
    after, follows = torn[-1] + blank, form[2 * count]
    unit = UNIT.match(follows)
    if after == blank == " ":
        return count - bool(unit)
    if not after or (follows.startswith(after) and unit and len(after) < unit.end()):
        return count - 1
    may_go_on = after in (".", "e", "E") or (after == "," and "." not in torn[-2])
    if follows.startswith(after) and not may_go_on:
        return count
    if follows and after.startswith(follows) and _NEXT.fullmatch(after[len(follows) :]):
        return count
    return count - 1 if _OF_NUMBER.fullmatch(after) else None


def _texts(parts: Sequence[str], count: int) -> list[str]:
    """Return the texts before the first `count` numbers; none where there are fewer."""
    if 2 * count >= len(parts):
        return []
    return [_BAR.sub("  ", text) for text in parts[: 2 * count : 2]]


def _before(path: Path, text: str) -> list[str]:
    """Return what the lines before the last show; none where `text` is the last no more."""
    with path.open("rb") as file:
        head = file.read(4)
        codec = encoding(head)
        start = max(file.seek(0, 2) - _TAIL, 0) & ~1
        file.seek(start)
        data = file.read()
    mark = head[:2] if start and codec == "utf-16" else b""
    decoded = (mark + data).decode(codec, errors="replace").rstrip("\0")
    end = max(decoded.rfind("\n"), decoded.rfind("\r")) + 1
    if plain(decoded[end:], prefix_of(decoded)) != text:  # it grew meanwhile
        return []
    return [state.text for state in states_of(decoded[:end])]
