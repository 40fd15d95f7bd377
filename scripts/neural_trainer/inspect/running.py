"""Runs checks one after the other, each within a time limit, and leaves the case as it was."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.checks import ASKS, CHECK_MODEL, check_named, chosen
from neural_trainer.inspect.checks.outcome import NotCheckable, Outcome, Result
from neural_trainer.inspect.checks.subject import Plan, Subject, seed
from neural_trainer.inspect.time_limit import TimeUp, time_limit
from neural_trainer.inspect.untouched import gradients_of, random_states
from neural_trainer.inspect.user_case import one_line
from neural_trainer.layers.case import Case

CHECK_S = 60.0  # for one check

Tell = Callable[[str], None]


def run_checks(
    case: Case,
    names: Iterable[str] = CHECK_MODEL,
    plan: Plan | None = None,
    *,
    tell: Tell = lambda name: None,
    limit_s: float = CHECK_S,
) -> list[Result]:
    """Return the results of the checks named, in their order. tell: is told each before it runs.

    The case's model, its gradients, its optimizer and all random states are afterwards what they
    were. What user code raises or prints, or that it takes longer than `limit_s`, makes a check
    not checkable. Raises ConfigError where train_batches yields nothing or raises.
    """
    wanted = chosen(tuple(names))
    subject = Subject(case, plan)
    results = []
    with _untouched(case):
        tell("data")
        _look(subject, limit_s)
        for name in wanted:
            tell(name)
            began = time.monotonic()
            outcome = _outcome(subject, name, limit_s)
            results.append(Result(name, ASKS[name][1], outcome, time.monotonic() - began))
    return results


@contextmanager
def _untouched(case: Case) -> Iterator[None]:
    with (
        random_states(case.train_batches, case.eval_batches),
        gradients_of(case.model),
        warnings.catch_warnings(),
    ):
        # Of user code and of torch's compilers, again in each check.
        warnings.simplefilter("ignore")
        level = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(level)


def _look(subject: Subject, limit_s: float) -> None:
    """Pass over the data, which most checks need; what is wrong with it is one line."""
    try:
        with time_limit(2 * limit_s):
            _ = subject.batches, subject.held_out
    except TimeUp as error:
        raise ConfigError(
            f"the data had not given its batches after {2 * limit_s:g} s; see what its loading "
            f"waits for, or raise --time-limit"
        ) from error
    except ConfigError:
        raise
    except Exception as error:  # whatever the user's data sets raise
        raise ConfigError(f"going over the batches raised {one_line(error)}") from error


def _outcome(subject: Subject, name: str, limit_s: float) -> Outcome:
    check = check_named(name)
    grad_enabled = torch.is_grad_enabled()
    try:
        seed()
        with torch.enable_grad(), time_limit(limit_s):
            outcome: Outcome = check(subject)
        return outcome
    except TimeUp:
        return NotCheckable(f"not done after {limit_s:g} s")
    except ConfigError as error:
        return NotCheckable(str(error))
    except Exception as error:  # whatever the user's code raises
        if subject.seen.error is not None:
            return NotCheckable("loss_fn raises: see step-runs")
        return NotCheckable(f"it raised {one_line(error)}")
    finally:
        torch.set_grad_enabled(grad_enabled)
