"""The examples in docstrings say what is so, in every module that has one."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import numpy as np
import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
EXAMPLE = re.compile(r">>> (?!.*\+SKIP)")


def with_examples() -> list[str]:
    """Return the names of the modules whose docstrings hold an example that is to be run."""
    found = [
        path.relative_to(SCRIPTS).with_suffix("")
        for path in sorted(SCRIPTS.rglob("*.py"))
        if EXAMPLE.search(path.read_text(encoding="utf-8"))
    ]
    return [".".join(path.parts).removesuffix(".__init__") for path in found]


def test_there_are_examples() -> None:
    assert len(with_examples()) > 20


@pytest.mark.parametrize("name", with_examples())
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), extraglobs={"np": np})
    assert result.attempted > 0
    assert result.failed == 0
