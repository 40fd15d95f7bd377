"""The probe of a model: what it measures, and that it leaves everything as it was."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.probe import MOST_STEPS, probe
from neural_trainer.layers.case import Case
from neural_trainer.symptoms import look


def cross_entropy(model: nn.Module, batch: Any) -> Tensor:
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def make(bias: float = 0.0, optimizer: bool = True, dropout: float = 0.0) -> Case:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(20, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(dropout),
        nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 3),
    )  # fmt: skip
    with torch.no_grad():
        model[4].bias.fill_(bias)
    inputs = torch.randn(256, 20)
    generator = torch.Generator().manual_seed(7)
    loader: DataLoader[Any] = DataLoader(
        TensorDataset(inputs, inputs[:, :3].argmax(1)), 16, shuffle=True, generator=generator
    )
    adam = torch.optim.Adam(model.parameters(), 1e-3) if optimizer else None
    return Case(model, cross_entropy, loader, adam, config={"optimizer": {"lr": 1e-3}})


def steps_by_hand(case: Case, num: int) -> tuple[list[float], list[list[float]]]:
    """Return the losses and gradient norms of the steps, taken plainly on a copy."""
    model, optimizer = copy.deepcopy((case.model, case.optimizer))
    losses, norms = [], []
    for _, batch in zip(range(num), case.train_batches, strict=False):
        optimizer.zero_grad()
        loss = case.loss_fn(model, batch)
        loss.backward()
        losses.append(loss.item())
        norms.append([float(p.grad.double().norm()) for p in model.parameters()])
        optimizer.step()
    return losses, norms


def test_it_measures_the_steps_that_the_loop_would_take() -> None:
    losses, norms = steps_by_hand(make(), 5)
    run = probe(make(), "case", 5)
    assert run.layers is not None
    assert run.signals["loss"].step.tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(run.signals["loss"].value, losses, rtol=1e-6)
    np.testing.assert_allclose(run.layers.gradients["grad_norm"], norms, rtol=1e-5)
    assert [p.name for p in run.layers.parameters][:2] == ["0.weight", "0.bias"]
    assert [m.kind for m in run.layers.modules] == ["relu", "relu"]
    assert run.config == {"optimizer": {"lr": 1e-3}}


def everything(case: Case) -> list[Any]:
    """Return all that a probe could have changed, as plain values."""
    loader: Any = case.train_batches
    tensors = [*case.model.state_dict().values(), *(p.grad for p in case.model.parameters())]
    state = {} if case.optimizer is None else case.optimizer.state_dict()["state"]
    moments = [value for entry in state.values() for value in entry.values()]
    return [
        [None if t is None else t.tolist() for t in (*tensors, *moments)],
        [module.training for module in case.model.modules()],
        random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist(),
        loader.generator.get_state().tolist(),
    ]  # fmt: skip


@pytest.mark.parametrize("has_gradients", [True, False], ids=["gradients-held", "fresh"])
def test_every_state_is_what_it_was(has_gradients: bool) -> None:
    case = make(dropout=0.5)
    if has_gradients:
        cross_entropy(case.model, next(iter(case.train_batches))).backward()
        case.optimizer.step()
    case.model.eval()
    hooks = len(case.optimizer._optimizer_step_pre_hooks)
    before = everything(case)
    probe(case, "case", 3)
    assert everything(case) == before
    assert len(case.optimizer._optimizer_step_pre_hooks) == hooks


def test_a_dead_layer_is_seen() -> None:
    healthy, dead = probe(make(), "healthy"), probe(make(bias=-50.0), "dead")
    assert {finding.symptom for finding in look(healthy).found} == set()
    assert "units-dead" in {finding.symptom for finding in look(dead).found}


def test_more_steps_than_ten_are_not_taken_and_few_batches_go_round() -> None:
    case = make()
    loader: Any = case.train_batches
    few = Case(case.model, case.loss_fn, list(loader)[:2], case.optimizer)
    run = probe(few, "case", 99)
    assert len(run.signals["loss"]) == MOST_STEPS


def test_without_an_optimizer_one_is_chosen_and_said() -> None:
    run = probe(make(optimizer=False), "case", 2)
    assert "AdamW" in run.notes[0]
    assert run.layers is not None
    assert (run.layers.gradients["update_ratio"] > 0).all()


def _of_another_model(case: Case) -> Case:
    inner = case.model
    return Case(inner, lambda _, batch: cross_entropy(inner, batch), case.train_batches)


def _detached(case: Case) -> Case:
    def loss(model: nn.Module, batch: Any) -> Tensor:
        return cross_entropy(model, batch).detach().requires_grad_()

    return Case(case.model, loss, case.train_batches)


def _without_batches(case: Case) -> Case:
    return Case(case.model, case.loss_fn, [])


def _frozen(case: Case) -> Case:
    case.model.requires_grad_(False)
    return Case(case.model, case.loss_fn, case.train_batches)


class Uncopied(nn.Linear):
    def __deepcopy__(self, memo: Any) -> Any:
        raise TypeError("not me")


def _uncopied(case: Case) -> Case:
    return Case(nn.Sequential(Uncopied(20, 3)), case.loss_fn, case.train_batches)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(_of_another_model, "gradients of another model", id="other-model"),
        pytest.param(_detached, "no parameter has a gradient", id="detached-loss"),
        pytest.param(_without_batches, "yields nothing", id="no-batches"),
        pytest.param(_frozen, "no parameter that trains", id="all-frozen"),
        pytest.param(_uncopied, "cannot be copied", id="no-copy"),
    ],
)
def test_what_cannot_be_probed_is_said(change: Callable[[Case], Case], message: str) -> None:
    case = change(make(optimizer=False))
    before: Iterable[Any] = [p.grad for p in case.model.parameters()]
    with pytest.raises(ConfigError, match=message) as caught:
        probe(case, "case", 2)
    assert "\n" not in str(caught.value)
    assert [p.grad for p in case.model.parameters()] == before
