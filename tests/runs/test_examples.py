"""The examples in the docstrings of runs/ say what is so."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from neural_trainer.runs import columns, crc32c, names


@pytest.mark.parametrize("module", [columns, crc32c, names], ids=lambda m: m.__name__)
def test_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
