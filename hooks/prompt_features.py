"""What the network sees of a prompt: its words, pairs of words and parts of words, as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from zlib import crc32

HEAD_CHARACTERS, TAIL_CHARACTERS = 2000, 1000
"""Of a prompt with a pasted log, which is long: what is asked stands around it."""

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff"  # written without spaces: each is taken as a word
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+(?:'[^\W_{_IDEOGRAPHS}]+)?")


def features_of(prompt: str) -> dict[int, float]:
    """Hashes of what stands in a prompt, each with its weight; words weigh as much as their parts.

    The squares of the weights of either kind sum to 1, so that a long prompt says no more than a
    short one.
    """
    words = _WORD.findall(_plain(prompt))
    weights: dict[int, float] = {}
    for kind in (_words_and_pairs(words, "?" in prompt), _parts(words)):
        found = {crc32(one.encode()) for one in kind}
        for one in found:
            weights[one] = len(found) ** -0.5
    return weights


def _plain(prompt: str) -> str:
    """Head and end of a prompt in small letters, without accents; each number is 0."""
    text = prompt[:HEAD_CHARACTERS]
    if len(prompt) > HEAD_CHARACTERS:
        text += "\n" + prompt[HEAD_CHARACTERS:][-TAIL_CHARACTERS:]
    text = text.lower().replace("\u2019", "'")
    if not text.isascii():
        import unicodedata

        parts = unicodedata.normalize("NFKD", text)
        text = "".join(part for part in parts if not unicodedata.combining(part))
    return re.sub(r"\d+", "0", text)


def _words_and_pairs(words: list[str], asks: bool) -> Iterator[str]:
    """Words, neighbours, and words with one between them; each kind has a mark of its own."""
    for word in words:
        yield f"w:{word}"
    bounded = ["^", *words, "$"]
    for first, second in pairwise(bounded):
        yield f"b:{first} {second}"
    for first, second in zip(words, words[2:], strict=False):
        yield f"s:{first} {second}"
    if asks:
        yield "?"


def _parts(words: list[str]) -> Iterator[str]:
    """Three to five letters in a row, where a space marks the ends of a word."""
    for word in set(words):
        spaced = f" {word} "
        for length in (3, 4, 5):
            for start in range(len(spaced) - length + 1):
                yield f"c:{spaced[start : start + length]}"
