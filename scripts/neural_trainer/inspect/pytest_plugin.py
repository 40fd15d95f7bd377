"""A pytest plugin: `check_model` calls the checks of a model from a user's own tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from neural_trainer.inspect.checks.outcome import Result
    from neural_trainer.layers.case import Case


@pytest.fixture
def check_model() -> Callable[..., list[Result]]:
    """Return what runs the checks of a model and fails the test where one of them does.

    check_model(case, only=(), skip=(), limit_s=60.0): case is a Case, or the name of its factory.
    The checks and their names are those of `neural-trainer check-model`; the results come back.
    """
    return _check_model


def _check_model(
    case: Case | str, only: Sequence[str] = (), skip: Sequence[str] = (), limit_s: float = 60.0
) -> list[Result]:
    __tracebackhide__ = True
    from neural_trainer.errors import NeuralTrainerError
    from neural_trainer.inspect.checks import chosen
    from neural_trainer.inspect.checks.outcome import Failed
    from neural_trainer.inspect.running import run_checks
    from neural_trainer.inspect.user_case import sound_case, user_case

    name = case if isinstance(case, str) else "case"
    try:
        made = user_case(case, limit_s) if isinstance(case, str) else sound_case(case, name)
        results = run_checks(made, chosen(only, skip), limit_s=limit_s)
    except NeuralTrainerError as error:
        pytest.fail(str(error), pytrace=False)
    failures = [
        f"{result.check}: {result.outcome.evidence} -> {result.outcome.do}"
        for result in results
        if isinstance(result.outcome, Failed)
    ]
    if failures:
        pytest.fail("\n".join(failures), pytrace=False)
    return results
