"""Every link and path in the Markdown leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_pages import PAGES, ROOT, name_of

LINK = re.compile(r"\]\(([^)\s]+)\)")
VARIABLE = re.compile(r"\$\{CLAUDE_(PLUGIN_ROOT|SKILL_DIR)\}(/[\w./-]+)?")
ALL = sorted({*PAGES, *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")})


def _slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def leads_nowhere(path: Path, text: str) -> list[str]:
    """The links of a page whose file or heading does not exist."""
    lost = []
    for link in LINK.findall(text):
        if re.match(r"https?://", link):
            continue
        plain = link.replace("${CLAUDE_PLUGIN_ROOT}", str(ROOT))
        plain = plain.replace("${CLAUDE_SKILL_DIR}", str(path.parent))
        file, _, anchor = plain.partition("#")
        target = path.parent / file if file else path
        if not target.exists():
            lost.append(link)
        elif anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            if anchor not in map(_slug, headings):
                lost.append(link)
    return lost


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_the_links_of_a_page_resolve(path: Path) -> None:
    assert leads_nowhere(path, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_variable_of_the_client_stands_only_where_it_is_replaced(path: Path) -> None:
    """In SKILL.md and agents; what is read later keeps it as it is written."""
    text = path.read_text(encoding="utf-8")
    if path.name == "SKILL.md" or path.parent.name == "agents":
        for base, rest in VARIABLE.findall(text):
            start = ROOT if base == "PLUGIN_ROOT" else path.parent
            assert (start / rest.strip("/")).exists()
    else:
        assert "${CLAUDE" not in text


def test_there_are_links_and_a_lost_one_is_seen() -> None:
    links = [link for path in ALL for link in LINK.findall(path.read_text(encoding="utf-8"))]
    assert len(links) > 50
    page = ROOT / "docs" / "workflow.md"
    assert leads_nowhere(page, "[a](no-such.md) [b](#no-such) [c](quick-reference.md)") == [
        "no-such.md",
        "#no-such",
    ]
