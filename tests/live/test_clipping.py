"""Clipping: the norm before it, whether and how far, whoever imported what when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from loops import backward, batch, cell, column, layers, mlp, plain_norm, rows
from torch import nn
from torch.nn.utils import clip_grad_norm_ as imported_before
from torch.nn.utils import clip_grad_value_, clip_grads_with_norm_, get_total_norm

from neural_trainer.live.monitor import Monitor

LIMIT = 0.05  # below the norms of these models


def imported_after(parameters: Any, limit: float) -> Any:
    from torch.nn.utils import clip_grad_norm_

    return clip_grad_norm_(parameters, limit)


def by_its_module(parameters: Any, limit: float) -> Any:
    return torch.nn.utils.clip_grad.clip_grad_norm_(parameters, limit)


def without_foreach(parameters: Any, limit: float) -> Any:
    return imported_before(parameters, limit, foreach=False)


def from_a_generator(parameters: Any, limit: float) -> Any:
    return imported_before((p for p in parameters), limit)


def in_two_halves(parameters: Any, limit: float) -> Any:
    given = list(parameters)
    norm = torch.nn.utils.get_total_norm([p.grad for p in given])
    torch.nn.utils.clip_grads_with_norm_(given, limit, norm)
    return norm


@pytest.mark.parametrize("every", [1, 100], ids=["complete-set", "norm-alone"])
@pytest.mark.parametrize(
    "clip",
    [imported_before, imported_after, by_its_module, without_foreach, from_a_generator,
     in_two_halves],
)  # fmt: skip
def test_the_norm_is_the_one_before_clipping(
    project: Path, clip: Callable[..., Any], every: int
) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    norms, given = [], []
    with Monitor("a", model, optimizer, judge=False, every=every) as monitor:
        for number, limit in enumerate((LIMIT, 1e6, LIMIT)):
            optimizer.zero_grad()
            loss = backward(model, batch(number))
            norms.append(plain_norm(model.parameters()))
            given.append(float(clip(model.parameters(), limit)))
            optimizer.step()
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert column("grad_norm") == pytest.approx(given, rel=1e-6)
    assert column("grad_clipped") == [1.0, 0.0, 1.0]
    expected = [LIMIT / norms[0], 1.0, LIMIT / norms[2]]
    assert column("clip_coefficient") == pytest.approx(expected, rel=1e-3)


def test_layers_are_measured_before_clipping(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        loss = backward(model, batch(1))
        expected = {name: plain_norm([p]) for name, p in model.named_parameters()}
        imported_before(model.parameters(), LIMIT)
        optimizer.step()
        monitor.step(loss)
    for name, norm in expected.items():
        assert cell(layers(), "grad_norm", 1, name) == pytest.approx(norm, rel=1e-5)


def test_no_clipping_is_told_where_there_is_none(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        loss = backward(model, batch(1))
        optimizer.step()
        monitor.step(loss)
    assert {"grad_clipped", "clip_coefficient"}.isdisjoint(rows()[0])


def clip_each_layer(model: nn.Sequential) -> float:
    norms = [float(imported_before(model[i].parameters(), LIMIT)) for i in (0, 2)]
    return min(LIMIT / norm for norm in norms)


def clip_one_layer(model: nn.Sequential) -> float:
    return LIMIT / float(imported_before(model[2].parameters(), LIMIT))


def clip_one_tensor(model: nn.Sequential) -> float:
    return LIMIT / float(imported_before(model[2].weight, LIMIT))


def clip_by_the_largest(model: nn.Sequential) -> float:
    return 1e-3 / float(imported_before(model.parameters(), 1e-3, norm_type=float("inf")))


def clip_by_the_sum(model: nn.Sequential) -> float:
    return LIMIT / float(imported_before(model.parameters(), LIMIT, norm_type=1.0))


def clip_by_a_norm_of_ones_own(model: nn.Sequential) -> float:
    norm = torch.tensor(10.0)  # of more than this process holds, say
    torch.nn.utils.clip_grads_with_norm_(model.parameters(), LIMIT, norm)
    return LIMIT / 10.0


@pytest.mark.parametrize("every", [1, 100], ids=["complete-set", "norm-alone"])
@pytest.mark.parametrize(
    "clip",
    [clip_each_layer, clip_one_layer, clip_one_tensor, clip_by_the_largest, clip_by_the_sum,
     clip_by_a_norm_of_ones_own],
)  # fmt: skip
def test_what_clips_by_another_norm_leaves_that_of_all_gradients_to_us(
    project: Path, clip: Callable[[nn.Sequential], float], every: int
) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    norms, factors = [], []
    with Monitor("a", model, optimizer, judge=False, every=every) as monitor:
        for number in range(2):
            optimizer.zero_grad()
            loss = backward(model, batch(number))
            norms.append(plain_norm(model.parameters()))
            factors.append(clip(model))
            optimizer.step()
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert column("grad_clipped") == [1.0, 1.0]
    assert column("clip_coefficient") == pytest.approx(factors, rel=1e-3)


def test_values_that_are_clamped_are_seen_before(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        loss = backward(model, batch(1))
        norm = plain_norm(model.parameters())
        clip_grad_value_(model.parameters(), 1e-4)
        optimizer.step()
        monitor.step(loss)
    # The function was imported before: torch looks nothing up in it, so that it is not seen.
    assert column("grad_norm")[0] < norm
    with Monitor("b", model, optimizer, judge=False) as monitor:
        optimizer.zero_grad()
        loss = backward(model, batch(2))
        norm = plain_norm(model.parameters())
        torch.nn.utils.clip_grad_value_(model.parameters(), 1e-4)
        optimizer.step()
        monitor.step(loss)
    assert column("grad_norm", "b") == pytest.approx([norm], rel=1e-5)


def test_clipping_twice_a_step_keeps_the_first_norm(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        loss = backward(model, batch(1))
        norm = plain_norm(model.parameters())
        imported_before(model.parameters(), LIMIT)
        imported_before(model.parameters(), 2 * LIMIT)
        optimizer.step()
        monitor.step(loss)
    assert column("grad_norm") == pytest.approx([norm], rel=1e-5)
    assert column("clip_coefficient") == pytest.approx([LIMIT / norm], rel=1e-3)


def test_a_norm_that_is_only_asked_for_is_no_clipping(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        loss = backward(model, batch(1))
        imported_before(model.parameters(), float("inf"))
        optimizer.step()
        monitor.step(loss)
    assert (column("grad_clipped"), column("clip_coefficient")) == ([0.0], [1.0])


def test_clipping_that_refuses_what_is_not_finite_goes_on_refusing(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        loss = backward(model, batch(1))
        assert model[0].bias.grad is not None
        model[0].bias.grad[0] = float("nan")
        with pytest.raises(RuntimeError, match="non-finite"):
            imported_before(model.parameters(), 1.0, error_if_nonfinite=True)
        monitor.step(loss)  # the loop leaves the step out
        optimizer.zero_grad()
        loss = backward(model, batch(2))
        norm = plain_norm(model.parameters())
        imported_before(model.parameters(), 1.0, error_if_nonfinite=True)
        optimizer.step()
        monitor.step(loss)
    assert column("grad_norm") == [None, pytest.approx(norm, rel=1e-5)]


def test_optimizers_that_are_clipped_together_have_their_own_norms(project: Path) -> None:
    model = mlp()
    both = [torch.optim.SGD(model[i].parameters(), lr=0.1) for i in (0, 2)]
    with Monitor("a", model, both, judge=False) as monitor:
        loss = backward(model, batch(1))
        own = [plain_norm(model[i].parameters()) for i in (0, 2)]
        whole = plain_norm(model.parameters())
        imported_before(model.parameters(), LIMIT)
        for optimizer in both:
            optimizer.step()
        monitor.step(loss)
    row = rows()[0]
    assert [row[f"grad_norm/optimizer_{i}"] for i in (0, 1)] == pytest.approx(own, rel=1e-5)
    assert row["grad_norm"] == pytest.approx(whole, rel=1e-5)
    assert row["clip_coefficient"] == pytest.approx(LIMIT / whole, rel=1e-3)


def test_the_first_clipping_counts_where_the_optimizer_is_not_known_yet(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    norms = []
    with Monitor("a", model, judge=False) as monitor:
        for number in range(2):
            optimizer.zero_grad()
            loss = backward(model, batch(number))
            norms.append(plain_norm(model.parameters()))
            imported_before(model.parameters(), LIMIT)
            optimizer.step()
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert column("grad_clipped") == [1.0, 1.0]
    # What was measured as the optimizer was found had been clipped: the next step has the set.
    assert layers().step.tolist() == [2]
    norm = float(np.linalg.norm(layers().gradients["grad_norm"][0]))
    assert norm == pytest.approx(norms[1], rel=1e-5)


PLACES = [
    (torch.nn.utils.clip_grad, "_get_total_norm"),
    (torch.nn.utils.clip_grad, "_clip_grads_with_norm_"),
    (torch.nn.utils.clip_grad, "clip_grad_value_"),
    (torch.nn.utils, "get_total_norm"),
    (torch.nn.utils, "clip_grads_with_norm_"),
    (torch.nn.utils, "clip_grad_value_"),
    (torch.amp.GradScaler, "scale"),
    (torch.amp.GradScaler, "unscale_"),
    (torch.amp.GradScaler, "step"),
    (nn.functional, "scaled_dot_product_attention"),
]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)], ids=str)
def test_torchs_functions_are_what_they_were_whoever_closes_first(
    project: Path, order: tuple[int, ...]
) -> None:
    def functions() -> list[Any]:
        return [getattr(place, name) for place, name in PLACES]

    class Attention(nn.Module):
        pass

    originals = functions()
    model = nn.Sequential(mlp(), Attention())
    monitors = [Monitor(f"m{i}", model, judge=False, activations=True) for i in range(3)]
    assert all(now is not was for now, was in zip(functions(), originals, strict=True))
    for place in order:
        monitors[place].close()
    assert functions() == originals
    assert get_total_norm is torch.nn.utils.get_total_norm
    assert clip_grads_with_norm_ is torch.nn.utils.clip_grads_with_norm_


def test_nested_monitors_both_see_the_clipping(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    outer = Monitor("a", model, optimizer, judge=False)
    inner = Monitor("b", model, optimizer, judge=False)
    norms = []
    for number in range(2):
        optimizer.zero_grad()
        loss = backward(model, batch(number))
        norms.append(plain_norm(model.parameters()))
        imported_before(model.parameters(), LIMIT)
        optimizer.step()
        outer.step(loss)
        if number == 0:
            inner.step(loss)
            inner.close()
    outer.close()
    assert column("grad_norm", "a") == pytest.approx(norms, rel=1e-5)
    assert column("grad_norm", "b") == pytest.approx(norms[:1], rel=1e-5)


def test_what_others_wrap_around_ours_stays_and_ours_falls_silent(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, name = PLACES[1]
    monkeypatch.setattr(place, name, getattr(place, name))  # put back as it was at the end
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    calls = []
    with Monitor("a", model, optimizer, judge=False):
        ours = getattr(place, name)

        def theirs(*given: Any, **named: Any) -> Any:
            calls.append(1)
            return ours(*given, **named)

        setattr(place, name, theirs)
    assert getattr(place, name) is theirs
    backward(model, batch(1))
    imported_before(model.parameters(), LIMIT)
    assert calls == [1]
    assert plain_norm(model.parameters()) == pytest.approx(LIMIT, rel=1e-3)


def test_the_optimizer_is_let_go_at_the_end(project: Path) -> None:
    from torch.optim import optimizer as of_all

    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = len(of_all._global_optimizer_pre_hooks)
    monitor = Monitor("a", model, optimizer, judge=False, activations=True)
    assert len(optimizer._optimizer_step_pre_hooks) == 1
    monitor.close()
    monitor.close()
    assert len(optimizer._optimizer_step_pre_hooks) == 0
    assert len(optimizer._optimizer_step_post_hooks) == 0
    assert len(of_all._global_optimizer_pre_hooks) == before
    hooks = [module._forward_hooks | module._forward_pre_hooks for module in model.modules()]
    assert not any(hooks)
