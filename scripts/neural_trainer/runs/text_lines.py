"""The states of a text log's lines: what a terminal would have shown, without colours."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from neural_trainer.runs.lines import Progress, encoding

# Characters; the longest lines with metrics are dictionaries of about 5,000.
LONGEST_STATE = 1 << 14
_BLOCK = 1 << 20  # bytes read at once
_COLOUR = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>78])")


class State(NamedTuple):
    """What a line showed. number: of its line, from 1. passing: a later state took its place."""

    number: int
    text: str
    passing: bool


def plain(line: str) -> str:
    """Return a line without its end, colours, and what backspaces took back."""
    if "\x1b" in line:
        line = _COLOUR.sub("", line)
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
        codec = encoding(raw.read(4))
    told = io.BufferedReader(_Told(path, progress), _BLOCK)
    with io.TextIOWrapper(told, encoding=codec, errors="replace", newline="") as file:
        number, cut = 1, ""
        while line := file.readline(LONGEST_STATE):
            if line[-1] not in "\r\n" and len(line) == LONGEST_STATE:
                cut = line if not cut or "\b" in line else cut
                continue
            if line[-1] not in "\r\n" and not cut:
                shown = plain(line.rstrip("\0"))  # a crash of the machine may leave zeros
                if torn is not None and shown.strip():
                    torn.append(shown)
                return
            if cut:
                line, cut = (line if "\b" in line else cut), ""
            ended = line[-1:] == "\n"
            yield State(number, plain(line), line[-1:] == "\r")
            number += ended
        if cut:
            yield State(number, plain(cut), False)


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
    for number, line in enumerate(re.split(r"(?<=\n)|(?<=\r)(?!\n)", text), 1):
        if line:
            yield State(number, plain(line)[:LONGEST_STATE], line[-1] == "\r")
