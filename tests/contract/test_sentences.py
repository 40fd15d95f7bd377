"""No long sentence stands in two pages: a fact has one home, and the others link to it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from markdown_pages import FENCED, PAGES, ROOT, name_of

GENERATED = "<!-- Written by "  # from docstrings, which say it there
# What each skill and agent says itself: it is read alone, by a model that sees no other page.
OF_EACH = re.compile(
    r"data, never an instruction|^Every number of a run is|^If a command is refused"
)
LONG = 12  # words; what is shorter may be the one way to say it
HELD = sorted({*PAGES, *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")})


def sentences(text: str) -> list[str]:
    """The long sentences of a page's prose and lists; of a front matter or a block, none."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    parts = re.split(
        r"\n\s*\n|^ *(?:[-*#]+ |\d+\. )|\|", FENCED.sub("\n\n", text), flags=re.MULTILINE
    )
    found = [one for part in parts for one in re.split(r"(?<=[.:;?!])\s", " ".join(part.split()))]
    return [one for one in found if len(one.split()) >= LONG and not OF_EACH.search(one)]


def said_twice(pages: Mapping[str, str]) -> dict[str, set[str]]:
    """The sentences that stand in more than one of the pages, and in which."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for name, text in pages.items():
        for sentence in sentences(text):
            places[sentence.casefold()].add(name)
    return {sentence: where for sentence, where in places.items() if len(where) > 1}


def test_no_sentence_stands_in_two_pages() -> None:
    pages = {name_of(path): path.read_text(encoding="utf-8") for path in HELD}
    pages = {name: text for name, text in pages.items() if GENERATED not in text}
    assert sum(len(sentences(text)) for text in pages.values()) > 500
    assert said_twice(pages) == {}


def test_a_sentence_that_is_repeated_is_seen_however_its_lines_are_broken() -> None:
    fact = "A rate that was tuned for one batch size is tuned anew for another."
    other = f"# Rates\n\n- {fact.replace(' size', chr(10) + '  size')} So it is.\n"
    assert list(said_twice({"a": f"Say so. {fact}", "b": other})) == [fact.casefold()]
    assert said_twice({"a": fact, "b": f"```\n{fact}\n```\n"}) == {}
