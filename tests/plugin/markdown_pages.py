"""The Markdown that Claude reads and users follow, and what is found in it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Skills, agents and knowledge whole; of docs/ the two pages that lead through the commands.
PAGES = [
    *sorted(
        path for part in ("skills", "agents", "knowledge") for path in (ROOT / part).rglob("*.md")
    ),
    ROOT / "docs" / "quick-reference.md",
    ROOT / "docs" / "workflow.md",
]
FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")


def name_of(path: Path) -> str:
    """Its path in the project, as an id of a test."""
    return path.relative_to(ROOT).as_posix()


def spans(text: str) -> list[str]:
    """What stands between backquotes in the prose, each on one line."""
    return [" ".join(found.split()) for found in SPAN.findall(FENCED.sub("", text))]


def python_blocks(text: str) -> list[str]:
    """The Python in a page, block by block."""
    return [code for language, code in FENCED.findall(text) if language == "python"]


def command_lines(text: str) -> list[str]:
    """Every `neural-trainer VERB ...` in a page, in prose or in a fenced block."""
    lines = [line.strip() for language, code in FENCED.findall(text) for line in code.splitlines()
             if language in ("", "sh", "bash", "console")]  # fmt: skip
    lines = [line.removeprefix("$ ").removeprefix("bin/") for line in lines]
    return [line for line in [*spans(text), *lines] if re.match(r"neural-trainer [a-z]", line)]
