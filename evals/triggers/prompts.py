"""The prompts that the classifier is fitted on: written ones, and drawn ones that fill frames."""

from __future__ import annotations

import hashlib
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "hooks"))

from prompt_features import features_of  # noqa: E402

HOUSE = HERE.parents[1] / "tests" / "plugin" / "prompts.tsv"
NONE = "none"
DRAWS = 4  # prompts for each frame with blanks


class Prompt(NamedTuple):
    """A prompt, the agent it is for, and who wrote it."""

    text: str
    agent: str
    writer: str


def written() -> list[Prompt]:
    """Prompts of people and models: written.tsv, the tuning half of blind.tsv, and the house's."""
    found = [Prompt(*fields) for fields in _rows(HERE / "written.tsv")]
    for text, agent, half in _rows(HERE / "blind.tsv"):
        if half == "tuning":
            found.append(Prompt(text, agent, "blind"))
    for agent, text in _rows(HOUSE):
        if agent != "ml-debugger-specialist":  # told by agent_words.py from what is handed over
            found.append(Prompt(text, NONE if agent == "-" else agent, "house"))
    return found


def drawn() -> list[Prompt]:
    """Prompts from the frames of frames/AGENT.txt, whose blanks are filled at random, seeded.

    A line `name = a|b` says what stands for {name}; words.txt holds what all share.
    """
    draw = random.Random(0)
    shared, _ = _frames(HERE / "frames" / "words.txt")
    found: dict[Prompt, None] = {}
    for path in sorted((HERE / "frames").glob("*.txt")):
        own, frames = _frames(path)
        words = shared | own
        for frame in frames:
            for _ in range(DRAWS if re.search(r"\{\w+\}", frame) else 1):
                found[Prompt(_filled(frame, words, draw), path.stem, "frames")] = None
    return list(found)


def fingerprint() -> str:
    """What a fit follows from: its prompts, and what is seen of them."""
    hashed = hashlib.sha256()
    for one in [*written(), *drawn()]:
        hashed.update("\t".join(one).encode() + b"\n")
        hashed.update(str(sum(features_of(one.text))).encode())
    return hashed.hexdigest()[:16]


def _rows(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield line.split("\t")


def _frames(path: Path) -> tuple[dict[str, list[str]], list[str]]:
    words: dict[str, list[str]] = {}
    frames = []
    for line in filter(None, path.read_text(encoding="utf-8").splitlines()):
        named = re.match(r"(\w+) = (.*)", line)
        if named:
            words[named[1]] = named[2].split("|")
        else:
            frames.append(line)
    return words, frames


def _filled(frame: str, words: dict[str, list[str]], draw: random.Random) -> str:
    """A frame with its blanks filled; what fills a blank may have blanks of its own."""
    while re.search(r"\{\w+\}", frame):
        frame = re.sub(r"\{(\w+)\}", lambda blank: draw.choice(words[blank[1]]), frame)
    return frame
