"""The states of a text log's lines: what a terminal would have shown, without colours."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from neural_trainer.runs import names
from neural_trainer.runs.line_counters import counts
from neural_trainer.runs.line_keys import is_known, split_of
from neural_trainer.runs.lines import Progress, encoding

# Characters; the longest lines with metrics are dictionaries of about 5,000.
LONGEST_STATE = 1 << 14
_BLOCK = 1 << 20  # bytes read at once
_COLOUR = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>78])")

_PREFIX = re.compile(r"(\d+\|)?([A-Za-z][\w.-]*) *\| (.*)")
_WORD = re.compile(r"[^\W\d_]")
_FEWEST_PREFIXED = 3  # lines
_PREFIXED = 0.6  # of the lines: a supervisor says something of its own before and between
_HEAD = 1 << 12  # characters in which a prefix is looked for


class State(NamedTuple):
    """What a line showed. number: of its line, from 1. passing: a later state took its place."""

    number: int
    text: str
    passing: bool


def prefix_of(text: str) -> int:
    """Return the width of what a supervisor puts before each line of `text`, 0 where none does.

    `0|train    | ` (PM2), `trainer_1  | ` (docker compose): names, padded to one width.

    >>> prefix_of("app_1  | step 1\\napp_1  | step 2\\ndb_1   | up\\napp_1  | step 3\\n")
    9
    """
    lines = [line for line in _COLOUR.sub("", text[:_HEAD]).splitlines() if line.strip()]
    found = [match for line in lines if (match := _PREFIX.match(line)) is not None]
    width = max((match.start(3) for match in found), default=0)
    found = [match for match in found if match.start(3) == width]
    told = {match[2] for match in found}
    with_words = {match[2] for match in found if _WORD.search(match[3])}
    if len(found) < max(_FEWEST_PREFIXED, _PREFIXED * len(lines), 2 * len(told)):
        return 0
    if with_words != told:  # the rows of a table have numbers alone
        return 0
    return 0 if any(_tells(match[2]) and not match[1] for match in found) else width


def without_prefix(text: str) -> str:
    """Return lines without what a supervisor put before each."""
    width = prefix_of(text)
    if not width:
        return text
    lines = _COLOUR.sub("", text).splitlines(keepends=True)
    return "".join(line[width if line[width - 2 : width] == "| " else 0 :] for line in lines)


def _tells(name: str) -> bool:
    """Return whether a word before a bar is of the log: what counts, a metric or a split."""
    word = name.rstrip("0123456789_-")
    return is_known(word) or counts(names.plain(word)) is not None or bool(split_of(word))


def plain(line: str, prefix: int = 0) -> str:
    """Return a line without its end, colours, and what backspaces took back.

    prefix: the width of what a supervisor put before it.
    """
    if "\x1b" in line:
        line = _COLOUR.sub("", line)
    if prefix and line[prefix - 2 : prefix] == "| ":
        line = line[prefix:]
    if "\b" in line:
        line = line.rstrip("\b\r\n").rpartition("\b")[2]
    return line.rstrip("\r\n")


class _Told(io.FileIO):
    """A file that tells, after each block, how much of it is read."""

    def __init__(self, path: Path, progress: Progress | None) -> None:
        super().__init__(path)
        self._path, self._progress = path, progress
        self._size = path.stat().st_size

    def readinto(self, buffer: Any, /) -> int:
        """Read a block."""
        num = super().readinto(buffer)
        if self._progress is not None:
            self._progress(self._path, self.tell(), self._size)
        return num


def states(
    path: Path, progress: Progress | None = None, torn: list[str] | None = None
) -> Iterator[State]:
    """Yield what each line showed, one state for each time that it was written over.

    Not of a last line without an end, which may be cut off inside of a number: it is put in `torn`.
    Of a line longer than LONGEST_STATE the end alone is kept where backspaces rewrote it (Keras),
    else its beginning. progress: told the file, the bytes read of it and its size.
    """
    with path.open("rb") as raw:
        head = raw.read(_HEAD)
    codec = encoding(head[:4])
    prefix = prefix_of(head.decode(codec, errors="replace"))
    told = io.BufferedReader(_Told(path, progress), _BLOCK)
    with io.TextIOWrapper(told, encoding=codec, errors="replace", newline="") as file:
        number, cut = 1, ""
        while line := file.readline(LONGEST_STATE):
            if line[-1] not in "\r\n" and len(line) == LONGEST_STATE:
                cut = line if not cut or "\b" in line else cut
                continue
            if line[-1] not in "\r\n" and not cut:
                shown = plain(line.rstrip("\0"), prefix)  # a crash of the machine may leave zeros
                if torn is not None and shown.strip():
                    torn.append(shown)
                return
            if cut:
                line, cut = (line if "\b" in line else cut), ""
            ended = line[-1:] == "\n"
            yield State(number, plain(line, prefix), line[-1:] == "\r")
            number += ended
        if cut:
            yield State(number, plain(cut, prefix), False)


_OPENS = re.compile(r"(?i)(?:metrics|results?|scores?|evaluation)['\"]?\s*(?:[:=]\s*)?\{$")
_MAY_OPEN = {"{", ":", " "}
_ARRAY = re.compile(r"\[[\d.eE+\-,\snaif]*\]?\s*")
_OF_ARRAY = re.compile(r"[\d.eE+\-,\snaif]*\]?\s*")
_LONGEST_BLOCK = 200  # lines


def blocks_joined(lines: Iterable[State]) -> Iterator[State]:
    """Yield states with what stands below `Metrics: {` on the line that opens it, to its end.

    AllenNLP prints what a training came to so, one metric on a line; PaddleSeg `Class dice:` above
    an array of numpy.
    """
    held: list[State] = []
    array = False
    for state in lines:
        text = state.text
        if held and array and not (_ARRAY if len(held) == 1 else _OF_ARRAY).fullmatch(text):
            yield from held
            held = []
        if held:
            held.append(state)
            ended = text.rstrip()[-1:] == "]" if array else text.strip()[:1] == "}"
            if ended or len(held) > _LONGEST_BLOCK:
                yield State(state.number, " ".join(part.text.strip() for part in held), False)
                held = []
        elif text[-1:] in _MAY_OPEN and _opens(text):
            held, array = [state], text[-1] != "{"
        else:
            yield state
    yield from held


def _opens(text: str) -> bool:
    return text.rstrip()[-1:] == ":" or (text[-1:] == "{" and _OPENS.search(text) is not None)


def states_of(text: str) -> Iterator[State]:
    """Yield the states of the lines of `text`, a part of a file, its torn ends included."""
    prefix = prefix_of(text)
    for number, line in enumerate(re.split(r"(?<=\n)|(?<=\r)(?!\n)", text), 1):
        if line:
            yield State(number, plain(line, prefix)[:LONGEST_STATE], line[-1] == "\r")
