"""The Python of references and knowledge runs, and prints the tables that stand below it."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_pages import FENCED, PAGES, name_of, python_blocks

# Pages that are read by path: references, knowledge, the leaves of the packs.
LEAVES = [
    path for path in PAGES if path.parent.name.startswith("using-") and path.name != "SKILL.md"
]
REFERENCES = [path for path in PAGES if path.parent.name in ("references", "knowledge")]
DEPTH = [*REFERENCES, *(path for path in LEAVES if python_blocks(path.read_text()))]
MAX_WORDS = 2000
BLOCK_AND_TABLE = re.compile(r"^```python\n((?:(?!```).*\n)+)```\n\n((?:\|.*\n)+)", re.MULTILINE)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny steps on many threads wait for each other where the machine is busy."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_there_are_pages() -> None:
    assert len(DEPTH) > 3
    tables = [name_of(path) for path in DEPTH if BLOCK_AND_TABLE.search(path.read_text())]
    assert tables


def printed_by(code: str, name: str) -> str:
    """What a block prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, name, "exec"), {"__name__": "page"})
    return out.getvalue()


@pytest.mark.parametrize("path", DEPTH, ids=name_of)
def test_each_block_runs_by_itself_and_prints_its_table(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")
    shown = dict(BLOCK_AND_TABLE.findall(text))
    blocks = python_blocks(text)
    assert blocks
    assert set(shown) <= set(blocks)
    for code in blocks:
        printed = printed_by(code, path.name)
        if request.config.getoption("--rewrite-golden") and code in shown:
            text = text.replace(f"{code}```\n\n{shown[code]}", f"{code}```\n\n{printed}")
            path.write_text(text, encoding="utf-8")
            continue
        assert printed == shown.get(code, "")
        assert "assert" in code or code in shown  # a block that holds nothing shows nothing


@pytest.mark.parametrize("path", REFERENCES, ids=name_of)
def test_a_page_is_short_and_names_its_sources(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(FENCED.sub("", text).split()) < MAX_WORDS
    sources = re.findall(r"arXiv:\d{4}\.\d{4,5}|https://\S+|\(measured: the block\b", text)
    assert len(sources) > 2
