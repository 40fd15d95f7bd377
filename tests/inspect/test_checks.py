"""The checks find what was planted, pass what is sound, and leave everything as it was."""

from __future__ import annotations

import ast
import copy
import dataclasses
import random
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checked_cases import SOUND, loader, padded, sound, with_dropout
from not_finite_cases import NOT_FINITE
from planted_cases import BRINGS_ABOUT, PLANTED, other_compiled

from neural_trainer.causes import CAUSES
from neural_trainer.errors import ConfigError
from neural_trainer.inspect.checks import (
    ASKS,
    CHECK_MODEL,
    PREFLIGHT,
    chosen,
    lr_range,
    memory_and_time,
)
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.running import run_checks
from neural_trainer.layers.case import Case

CHECKS = Path(__file__).parents[2] / "scripts" / "neural_trainer" / "inspect" / "checks"
# It compiles C++ for each case: some 20 s. Tested by itself.
QUICK = tuple(name for name in ASKS if name != "compiled-equal")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tensors this small take longer on several threads, most of all on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def outcomes(case: Case, names: tuple[str, ...]) -> dict[str, Outcome]:
    return {result.check: result.outcome for result in run_checks(case, names)}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_case_passes_whole(name: str) -> None:
    found = outcomes(SOUND[name](), QUICK)
    assert list(found) == list(QUICK)
    assert {check: told for check, told in found.items() if isinstance(told, Failed)} == {}
    assert sum(isinstance(told, Passed) for told in found.values()) >= 20


@pytest.mark.parametrize(("make", "check", "cause"), PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found(make: Callable[[], Case], check: str, cause: str | None) -> None:
    found = outcomes(make(), (check,))[check]
    assert isinstance(found, Failed), found
    assert found.cause == cause
    assert any(letter.isdigit() for letter in found.evidence) or found.cause is None
    assert found.do


@pytest.mark.parametrize("name", NOT_FINITE)
def test_what_turned_not_finite_first_names_the_cause(name: str) -> None:
    make, cause = NOT_FINITE[name]
    found = outcomes(make(), ("finite-order",))["finite-order"]
    assert isinstance(found, Failed), found
    assert found.cause == cause


def one_each() -> list[str]:
    """Return the names of the planted faults, of those planted for two checks the first."""
    seen: dict[Callable[[], Case], str] = {}
    for name, (make, _, _) in PLANTED.items():
        seen.setdefault(make, name)
    return list(seen.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", one_each())
def test_a_planted_fault_fails_no_other_check(name: str) -> None:
    make, check, _ = PLANTED[name]
    found = outcomes(make(), QUICK)
    failed = {other for other, told in found.items() if isinstance(told, Failed)}
    assert failed == {check} | BRINGS_ABOUT.get(name, set())


@pytest.mark.slow
def test_what_the_compiler_changes_is_found() -> None:
    assert isinstance(outcomes(sound(), ("compiled-equal",))["compiled-equal"], Passed)
    found = outcomes(other_compiled(), ("compiled-equal",))["compiled-equal"]
    assert isinstance(found, Failed)


def test_no_compiler_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = outcomes(sound(), ("compiled-equal",))["compiled-equal"]
    assert isinstance(found, NotCheckable)
    assert "C++ compiler" in found.why


def test_what_does_not_fit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = outcomes(sound(), ("memory-and-time",))["memory-and-time"]
    assert isinstance(found, Passed)
    needed = int(found.numbers["needed_bytes"])
    monkeypatch.setattr(memory_and_time, "free_bytes", lambda device: needed // 2)
    found = outcomes(sound(), ("memory-and-time",))["memory-and-time"]
    assert isinstance(found, Failed)
    assert found.cause == "out-of-memory"


def test_a_slow_model_gets_fewer_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count(step=2.0)  # each look at it is two seconds after the one before
    monkeypatch.setattr(lr_range.time, "perf_counter", lambda: next(clock))
    found = outcomes(sound(), ("lr-range",))["lr-range"]
    assert isinstance(found, Passed)
    assert len(found.series["lr"]) <= lr_range.FEWEST_STEPS


def losses_that(fall_to: float, at: float, leave_at: float) -> tuple[Any, Any]:
    """Return 100 rates, and losses from 2.0 that fall until a rate, stand, and leave at another."""
    lr = np.geomspace(1e-6, 10.0, 100)
    way = np.clip(np.log(lr / 1e-5) / np.log(at / 1e-5), 0, 1)
    loss = 2.0 - (2.0 - fall_to) * way
    return lr, np.where(lr >= leave_at, 9.0, loss)


def test_the_range_is_read_off_losses_that_are_known() -> None:
    found = lr_range.read_off(*losses_that(0.5, at=0.1, leave_at=1.0))
    assert found is not None
    # A tenth of a way from 1e-5 to 0.1 that is even in the logarithm; a third of 0.1; the cliff.
    assert found.low == pytest.approx(1e-5 * 10**0.4, rel=0.2)
    assert found.high == pytest.approx(0.1 / 3, rel=0.2)
    assert found.blown == pytest.approx(1.0, rel=0.2)
    assert lr_range.read_off(*losses_that(2.0, at=0.1, leave_at=1.0)) is None


def test_memory_is_that_of_the_tensors() -> None:
    found = outcomes(sound(), ("memory-and-time",))["memory-and-time"]
    assert isinstance(found, Passed)
    weights = 4 * (20 * 32 + 32 + 32 * 32 + 32 + 32 * 3 + 3)
    tensors = 6
    assert found.numbers["weights_bytes"] == found.numbers["gradients_bytes"] == weights
    # AdamW keeps two of each, and the number of steps.
    assert found.numbers["optimizer_bytes"] == 2 * weights + 4 * tensors
    assert found.numbers["batch_bytes"] == 16 * (20 * 4 + 8)


def test_every_check_has_a_fault_that_it_finds() -> None:
    planted = {check for _, check, _ in PLANTED.values()}
    tested_by_themselves = {"compiled-equal", "memory-and-time", "finite-order"}
    never_fails = {"labels-tell"}
    assert planted | tested_by_themselves | never_fails == set(ASKS)
    assert set(PREFLIGHT) | set(CHECK_MODEL) == set(ASKS)


def causes_named(path: Path) -> set[str]:
    """Return every cause that a check's file may name: constants like one, given to Failed."""
    tree = ast.parse(path.read_text())
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    failed = [n for n in calls if isinstance(n.func, ast.Name) and n.func.id == "Failed"]
    given = [constant for call in failed for constant in ast.walk(call.args[1])]
    return {n.value for n in given if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_causes_are_those_of_the_house() -> None:
    named = {cause for path in CHECKS.glob("*.py") for cause in causes_named(path)}
    assert len(named) > 15
    assert named <= set(CAUSES)


def everything(case: Case) -> list[Any]:
    """Return all that a check could have changed, as plain values."""
    loader: Any = case.train_batches
    tensors = [*case.model.state_dict().values(), *(p.grad for p in case.model.parameters())]
    state = case.optimizer.state_dict()
    moments = [value for entry in state["state"].values() for value in entry.values()]
    return [
        [None if t is None else t.tolist() for t in (*tensors, *moments)],
        state["param_groups"],
        [module.training for module in case.model.modules()],
        [len(module._forward_hooks) for module in case.model.modules()],
        random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist(),
        loader.generator.get_state().tolist(),
    ]  # fmt: skip


@pytest.mark.parametrize("check", QUICK)
def test_a_check_leaves_everything_as_it_was(check: str) -> None:
    case = with_dropout()
    case.loss_fn(case.model, next(iter(case.train_batches))).backward()
    case.optimizer.step()
    case.model.eval()
    before = copy.deepcopy(everything(case))
    run_checks(case, (check,))
    assert everything(case) == before


def hanging(model: Any, batch: Any) -> Any:
    while True:
        model(batch[0])


def test_what_takes_too_long_is_not_checkable() -> None:
    case = Case(sound().model, hanging, sound().train_batches)
    found = run_checks(case, ("step-runs", "frozen"), limit_s=0.2)
    assert [type(result.outcome) for result in found] == [NotCheckable, Passed]
    assert "0.2 s" in str(found[0].outcome)


def test_a_loss_that_raises_fails_once() -> None:
    def broken(model: Any, batch: Any) -> Any:
        raise KeyError("labels")

    found = outcomes(Case(sound().model, broken, sound().train_batches), QUICK)
    failed = [name for name, told in found.items() if isinstance(told, Failed)]
    assert failed == ["step-runs"]


def test_batches_that_raise_are_one_line() -> None:
    class Broken:
        def __iter__(self) -> Any:
            raise OSError("disk\ngone")

    with pytest.raises(ConfigError, match="raised OSError: disk") as caught:
        run_checks(Case(sound().model, sound().loss_fn, Broken()), ("frozen",))
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError, match="yields nothing"):
        run_checks(Case(sound().model, sound().loss_fn, []), ("frozen",))


def test_checks_are_chosen_by_name() -> None:
    assert chosen(only=["modes", "frozen"], skip=["frozen"]) == ("modes",)
    assert "compiled-equal" not in chosen(skip=["compiled-equal"])
    with pytest.raises(ConfigError, match="did you mean modes"):
        chosen(only=["mode"])
    with pytest.raises(ConfigError, match="no check is left"):
        chosen(only=["modes"], skip=["modes"])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", ["batch-norm", "tied-causal-attention"])
def test_a_sound_case_passes_on_a_gpu(name: str) -> None:
    case = SOUND[name]()
    case.model.cuda()
    found = outcomes(case, QUICK)
    assert {check: told for check, told in found.items() if isinstance(told, Failed)} == {}
    assert "on cuda" in str(found["device-moves"])
    assert "on cuda" in str(found["memory-and-time"])


def test_labels_that_belong_to_their_inputs_tell_more() -> None:
    """Those dealt out anew before the case was made tell nothing, which is no proof of a fault."""
    found = outcomes(sound(), ("labels-tell",))["labels-tell"]
    assert isinstance(found, Passed)
    assert found.numbers["own"] < found.numbers["anew"]
    case = sound()
    inputs, labels = case.train_batches.dataset.tensors
    dealt = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))]
    mixed = dataclasses.replace(case, train_batches=loader(inputs, dealt, shuffle=True))
    assert isinstance(outcomes(mixed, ("labels-tell",))["labels-tell"], NotCheckable)


def test_padding_is_told_apart_from_the_rest() -> None:
    found = outcomes(padded(-1), ("padding",))["padding"]
    assert isinstance(found, Failed)
    assert 0.1 < found.numbers["share"] < 0.5
    left_out = outcomes(padded(0), ("padding",))["padding"]
    assert isinstance(left_out, Passed)
