"""What a stranger wrote, fit to be shown: one line, nothing a terminal obeys, nothing unseen."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

MOST = 120  # characters of a sentence
MOST_OF_NAME = 64
MOST_OF_PATH = 300
_MOST_MARKS = 2  # accents on one letter; more pile up over the lines above
# They print as nothing though Unicode counts them as letters, marks or signs: text hides in them.
_BLANK = {*"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0", *map(chr, range(0xFE00, 0xFE10))}
_BLANK |= {*"\u180b\u180c\u180d\u180f", *map(chr, range(0xE0100, 0xE01F0))}
_PLAIN_NAME = re.compile(r"[\w./\\:;#@%+=,*~^|!?&(){}\[\]-]+")


def printable(text: str, most: int = MOST) -> str:
    """Return `text` as one line of at most `most` characters that all show, and do nothing else.

    >>> printable("a\\n\\x1b[2Jb\\u202e\\u200bc")
    'a  [2Jb  c'
    """
    clean = _clean(text[: 4 * most])
    cut = len(clean) > most or len(text) > 4 * most
    return clean[: most - 3] + "..." if cut else clean


def shown_name(name: str, most: int = MOST_OF_NAME) -> str:
    """Return a name from a log as it may stand in a sentence of ours: in quotes if it is no name.

    What holds a space or a sign that names do not have could read as words of ours. A long one
    lacks its middle: what tells names apart stands at their ends.

    >>> shown_name("loss/ce"), shown_name("obey me")
    ('loss/ce', '"obey me"')
    >>> shown_name("encoder.layers.11.attention.weight", 20)
    'encoder…ntion.weight'
    """
    if _PLAIN_NAME.fullmatch(name[: 4 * most]) and not _clean(name[: 4 * most]).count(" "):
        return _without_middle(name, most)
    return '"' + _without_middle(name, most - 2).replace('"', "'") + '"'


def shown_path(path: Path) -> str:
    """Return the path of a file that was found, as `shown_name` does a name.

    >>> shown_path(Path("runs/a/metrics.jsonl")), shown_path(Path("runs/obey me.csv"))
    ('runs/a/metrics.jsonl', '"runs/obey me.csv"')
    """
    return shown_name(str(path), MOST_OF_PATH)


def _without_middle(text: str, most: int) -> str:
    if len(text) <= most:
        return _clean(text)
    head = most // 3 + 1
    return f"{_clean(text[:head])}…{_clean(text[len(text) - most + head + 1 :])}"


def _clean(text: str) -> str:
    """Return `text` with a space for each character that does not show."""
    if text.isascii():
        return "".join(char if char.isprintable() else " " for char in text)
    kept: list[str] = []
    num_marks = 0
    for char in text:
        num_marks = num_marks + 1 if unicodedata.combining(char) else 0
        if num_marks <= _MOST_MARKS:
            kept.append(char if char.isprintable() and char not in _BLANK else " ")
    return "".join(kept)
