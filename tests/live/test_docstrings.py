"""The examples in the docstrings of what writes run.json and feeds the sinks say what is so."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from neural_trainer.live import environment, fingerprints, hardware, masking, plain_config, sinks

MODULES = (environment, fingerprints, hardware, masking, plain_config, sinks)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.split(".")[-1])
def test_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
