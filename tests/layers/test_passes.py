"""What is seen of a model's passes: inputs, outputs and modes, against numbers made by hand."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from neural_trainer.layers import passes
from neural_trainer.layers.passes import Passes, largest


def fail(error: Exception) -> None:
    raise AssertionError("a measurement failed") from error


def watching(model: nn.Module, on: bool = True) -> Passes:
    watch = Passes(model, fail)
    watch.on = on
    return watch


def numbers(watch: Passes) -> dict[str, float]:
    return {name: float(value) for name, value in watch.take().items()}


def test_inputs_and_outputs_are_measured() -> None:
    torch.manual_seed(0)
    model, inputs = nn.Linear(6, 3), torch.randn(20, 6) * torch.tensor([1.0, 1, 1, 1, 1, 50])
    watch = watching(model)
    output = model(inputs).detach().double()
    found = numbers(watch)
    assert found["input_max"] == pytest.approx(float(inputs.abs().max()))
    assert found["input_rms"] == pytest.approx(
        float(inputs.double().square().mean().sqrt()), rel=1e-5
    )
    each = inputs.double().std(0, correction=0)
    assert found["input_scale_ratio"] == pytest.approx(float(each.max() / each.median()), rel=1e-5)
    spread = output.var(0, correction=0).mean().sqrt() / output.square().mean().sqrt()
    assert found["output_contrast"] == pytest.approx(float(spread), rel=1e-5)
    assert found["output_in_fp16"] == 0
    assert "fitted_without_dropout" not in found  # neither dropout nor batch norm
    assert numbers(watch) == {}


def test_between_complete_sets_only_the_largest_input_is_taken() -> None:
    watch = watching(model := nn.Linear(4, 2), on=False)
    model(torch.ones(3, 4))
    assert numbers(watch) == {"input_max": 1.0}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_not_finite_reaches_the_largest(value: float) -> None:
    tensor = torch.zeros(3_000_000)
    assert float(largest(tensor)) == 0
    tensor[0] = value
    assert not torch.isfinite(largest(tensor))


def test_modes_are_told_of_a_model_in_which_they_differ() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.1))
    watch = watching(model)
    model(torch.ones(2, 4))
    assert watch.take()["fitted_without_dropout"] == 0
    model.eval()
    model(torch.ones(2, 4))
    assert watch.take()["fitted_without_dropout"] == 1
    assert watch.evaluation_mode() is None
    with torch.no_grad():
        model(torch.ones(2, 4))
        assert watch.evaluation_mode() == 0
        model.train()
        model(torch.ones(2, 4))
    assert watch.evaluation_mode() == 0.5
    assert watch.take() == {}  # a pass without gradients is no training
    assert watch.evaluation_mode() is None


@pytest.mark.parametrize(
    ("model", "differs"),
    [
        (nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.0)), False),
        (nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2)), False),
        (nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), True),
        (nn.LSTM(2, 2, num_layers=2, dropout=0.2, batch_first=True), True),
    ],
    ids=["dropout-of-zero", "layer-norm", "batch-norm", "lstm"],
)
def test_which_models_have_modes(model: nn.Module, differs: bool) -> None:
    watch = watching(model)
    model(torch.ones(3, 2))
    assert ("fitted_without_dropout" in watch.take()) == differs


def test_a_model_that_normalises_first_may_be_given_anything() -> None:
    watch = watching(model := nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 2)))
    model(1000 * torch.rand(8, 3))
    found = numbers(watch)
    assert "input_rms" not in found
    assert found["input_max"] > 1


def test_the_parts_of_two_networks_are_watched_by_name() -> None:
    both = nn.ModuleDict({"g": nn.Linear(2, 2), "d": nn.Linear(2, 1)})
    watch = watching(both)
    both["d"](both["g"](torch.randn(5, 2)))
    assert {"output_contrast/g", "output_contrast/d", "input_max/g"} <= set(watch.take())


def test_logits_are_found_in_what_a_model_returns() -> None:
    class Returns(nn.Module):
        def forward(self, batch: dict[str, Tensor]) -> dict[str, Any]:
            return {"loss": batch["inputs"].sum(), "hidden": torch.zeros(4, 2),
                    "logits": batch["inputs"]}  # fmt: skip

    watch = watching(model := Returns())
    model({"ids": torch.ones(4, 3, dtype=torch.long), "inputs": torch.eye(4)})
    found = numbers(watch)
    assert found["output_contrast"] > 0
    assert found["input_max"] == 1


def test_a_copy_is_not_watched_and_hooks_go() -> None:
    watch = watching(model := nn.Linear(2, 2))
    copy.deepcopy(model)(torch.ones(2, 2))
    assert watch.take() == {}
    watch.release()
    model(torch.ones(2, 2))
    assert watch.take() == {}


def test_what_fails_is_told_once_and_the_pass_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(tensor: Tensor) -> Tensor:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(passes, "largest", fails)
    told: list[Exception] = []
    watch = Passes(model := nn.Identity(), told.append)
    inputs = torch.ones(2, 2)
    assert model(inputs) is inputs
    assert model(inputs) is inputs
    assert [str(error) for error in told] == ["no such operator"]
    assert watch.take() == {}
