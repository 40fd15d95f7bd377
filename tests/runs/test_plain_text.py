"""What strangers wrote, as it is shown: no character that a terminal obeys or that hides."""

from __future__ import annotations

import doctest
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_trainer.runs import plain_text
from neural_trainer.runs.plain_text import MOST, MOST_OF_NAME, printable, shown_name

HIDDEN = {
    "escape": "a\x1b[2Jb",
    "clipboard": "a\x1b]52;c;aGk=\x07b",
    "link": "a\x1b]8;;http://x\x1b\\b",
    "one-byte-escape": "a\x9b31mb",
    "new-line": "a\r\n\u2028\u2029\x85b",
    "direction": "a\u202e\u2066\u200fb",
    "zero-width": "a\u200b\u200d\u2060\ufeffb",
    "tags": "a\U000e0041\U000e0042b",
    "variations": "a\ufe01\U000e0100\U000e01efb",
    "fillers": "a\u3164\uffa0\u115f\u2800b",
    "surrogate": "a\ud800b",
    "private": "a\ue000b",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_what_does_not_show_becomes_spaces_and_a_name_with_it_is_quoted(text: str) -> None:
    inner = printable(text)[1:-1]
    assert {ord(char) for char in inner} <= {*range(32, 127)}
    assert shown_name(text) == f'"{printable(text)}"'


@pytest.mark.parametrize(
    "name",
    ["loss", "eval/loss", "layers.3.fc1:weight", "Verlust/größe", "学习率", "a_b-c@2", "f1(macro)"],
)
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    assert shown_name(name) == name


@pytest.mark.parametrize("name", ["", "two words", 'a"b', "`a`", "<b>", "$(a)", "a'b", "a;\tb"])
def test_what_is_no_name_is_quoted(name: str) -> None:
    shown = shown_name(name)
    assert shown[0] == shown[-1] == '"'
    assert '"' not in shown[1:-1]


def test_accents_do_not_pile_up() -> None:
    assert printable("a" + "\u0301" * 50 + "b") == "a\u0301\u0301b"


def test_a_megabyte_is_cut() -> None:
    assert len(printable("x" * 1_000_000)) == MOST
    assert len(shown_name("x" * 1_000_000)) == MOST_OF_NAME
    assert len(shown_name("x y" * 1_000_000)) == MOST_OF_NAME


@given(st.text(), st.integers(12, 80))
def test_any_text(text: str, most: int) -> None:
    for shown in (printable(text, most), shown_name(text, most)):
        assert len(shown) <= most
        assert shown.isprintable()
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in shown)


def test_its_examples_hold() -> None:
    results = doctest.testmod(plain_text)
    assert results.attempted > 0
    assert results.failed == 0
