"""A page taken apart: closed as it was opened, without a script, without an address elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

MOST_BYTES = 2_000_000


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []
        assert len(text.encode()) < MOST_BYTES
        assert not re.search(r"https?:|url\(|@import|src=|href=|<script", text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        """What the page says, in one line."""
        return " ".join(" ".join(self.said).split())

    def all(self, tag: str, kind: str = "") -> list[dict[str, str]]:
        """Return the attributes of each such tag, of any class without `kind`."""
        kinds = ((a, a.get("class", "").split(" ")) for t, a in self.tags if t == tag)
        return [attributes for attributes, own in kinds if not kind or kind in own]
