"""One step: accumulation, clipping and precision, against plain arithmetic and torch itself."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from neural_trainer.errors import ConfigError
from neural_trainer.layers.case import Case
from neural_trainer.training.config_file import build_config
from neural_trainer.training.state import TrainingState
from neural_trainer.training.step import train_step
from neural_trainer.training.update import update

CPU = torch.device("cpu")


def started(case: Case, **sections: dict[str, Any]) -> TrainingState:
    tree: dict[str, Any] = {"case": "a:case", "schedule": {"name": "constant"}}
    tree |= {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0}}
    tree |= sections
    return TrainingState(build_config(tree), case, CPU)


def token_loss(model: Any, batch: tuple[Tensor, Tensor]) -> Tensor:
    return nn.functional.cross_entropy(model(batch[0]).flatten(0, 1), batch[1].flatten())


def tokens(rows: int, seed: int, left_out: float) -> tuple[Tensor, Tensor]:
    """Return inputs, (rows, 6, 4), and labels of which a share is left out."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(5, (rows, 6), generator=generator)
    labels[torch.rand(rows, 6, generator=generator) < left_out] = -100
    return torch.randn(rows, 6, 4, generator=generator), labels


def weights(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_accumulated_batches_are_one_large_batch(precision: str) -> None:
    parts = [tokens(3, 1, 0.1), tokens(1, 2, 0.0), tokens(2, 3, 0.9)]
    whole = (torch.cat([x for x, _ in parts]), torch.cat([y for _, y in parts]))
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 5))
    ours = Case(model, token_loss, parts)
    large = Case(copy.deepcopy(model), token_loss, [whole])
    state = started(ours, training={"accumulate": 3, "precision": precision})
    reference = started(large, training={"precision": precision})
    for _ in range(5):
        values, expected = train_step(state, CPU), train_step(reference, CPU)
        tolerance = 1e-6 if precision == "fp32" else 2e-3
        assert float(values["loss"]) == pytest.approx(float(expected["loss"]), abs=tolerance)
        assert values["samples"] == expected["samples"] == 6
    torch.testing.assert_close(weights(ours.model), weights(large.model), rtol=0, atol=tolerance)
    # The mean of the batches' means is another number, so this could have failed.
    with torch.no_grad():
        means = [float(token_loss(model, part)) for part in parts]
        assert abs(sum(means) / 3 - float(token_loss(model, whole))) > 1e-3


def test_a_case_may_count_its_terms_itself() -> None:
    parts = [(torch.ones(2, 1),), (3 * torch.ones(6, 1),)]
    model = nn.Linear(1, 1, bias=False)
    nn.init.ones_(model.weight)

    def loss_fn(model: Any, batch: Any) -> Tensor:
        return model(batch[0]).mean()

    state = started(
        Case(model, loss_fn, parts, num_terms=lambda batch: len(batch[0]) ** 2),
        training={"accumulate": 2},
    )
    assert float(train_step(state, CPU)["loss"]) == pytest.approx((4 * 1 + 36 * 3) / 40)


def test_no_target_that_counts_is_refused() -> None:
    batch = (torch.zeros(1, 6, 4), torch.full((1, 6), -100))
    state = started(Case(nn.Linear(4, 5), token_loss, [batch]))
    with pytest.raises(ConfigError, match="step 1: there is no target"):
        train_step(state, CPU)


def linear_case(scale: float) -> Case:
    """Return a case whose gradient is (3, 4) times `scale`, and so of 5 times its norm."""
    model = nn.Linear(2, 1, bias=False)
    nn.init.zeros_(model.weight)

    def loss_fn(model: Any, batch: Tensor) -> Tensor:
        return model(batch).float().mean()  # of 4 equal rows: within fp16 when scaled

    return Case(model, loss_fn, [scale * torch.tensor([[3.0, 4.0]] * 4)])


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
@pytest.mark.parametrize(
    ("clip", "factor"),
    [
        pytest.param(None, 1.0, id="none"),
        pytest.param(10.0, 1.0, id="above"),
        pytest.param(0.125, 0.2, id="below"),
    ],
)
def test_clipping_is_of_the_true_gradients(precision: str, clip: float, factor: float) -> None:
    case = linear_case(0.125)
    state = started(case, training={"clip_norm": clip, "precision": precision})
    values = train_step(state, CPU)
    # With the scale of 65,536 still in the gradients the step would be tiny, the norm huge.
    expected = -0.1 * factor * 0.125 * torch.tensor([[3.0, 4.0]])
    torch.testing.assert_close(case.model.weight.detach(), expected, rtol=1e-5, atol=1e-6)
    if clip is not None:
        assert float(values["grad_norm"]) == pytest.approx(0.625)
        assert bool(values["grad_clipped"]) == (factor < 1)


def test_a_step_that_fp16_skips_holds_the_schedule() -> None:
    case = linear_case(1.0)
    batches = [torch.tensor([[size, 0.0]] * 4) for size in (0.5, 6e4, 0.5)]
    case = Case(case.model, case.loss_fn, batches)
    schedule = {"name": "linear", "warmup_steps": 0, "final_fraction": 0.0}
    state = started(
        case, training={"precision": "fp16", "steps": 10, "ema_decay": 0.5}, schedule=schedule
    )
    rates, scales, held = [], [], []
    for _ in range(3):
        train_step(state, CPU)
        rates.append(state.optimizers[0].param_groups[0]["lr"])
        scales.append(state.scaler.get_scale())
        assert state.ema is not None
        held.append((case.model.weight.tolist(), state.ema.weights["weight"].tolist()))
    assert rates == pytest.approx([0.09, 0.08, 0.08])
    assert scales == [65536.0, 32768.0, 32768.0]
    assert held[1] == held[0] != held[2]
    assert (state.step, state.taken) == (3, 2)


def test_one_optimizer_with_an_infinity_holds_back_the_others() -> None:
    models = nn.ModuleList([nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)])
    optimizers = [torch.optim.SGD(model.parameters(), lr=1.0) for model in models]
    before = weights(models).clone()
    scaler = torch.amp.GradScaler("cpu")
    loss = models[0](torch.ones(1)).sum() + models[1](torch.tensor([float("inf")])).sum()
    scaler.scale(loss).backward()
    assert update(models, optimizers, scaler, None) == ({}, True)
    assert torch.equal(weights(models), before)


@pytest.mark.parametrize(("precision", "kind"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_the_forward_pass_has_its_precision_and_the_weights_stay_in_fp32(
    project: Path, precision: str, kind: torch.dtype
) -> None:
    seen = []

    def loss_fn(model: Any, batch: Tensor) -> Tensor:
        seen.append(model(batch).dtype)
        return model(batch).float().square().mean()

    case = Case(nn.Linear(2, 1), loss_fn, [torch.ones(4, 2)])
    train_step(started(case, training={"precision": precision}), CPU)
    assert seen == [kind]
    assert case.model.weight.dtype == case.model.weight.grad.dtype == torch.float32
