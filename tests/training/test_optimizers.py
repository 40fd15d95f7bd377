"""Optimizers: who decays, what muon takes, and one step against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from neural_trainer.errors import ConfigError
from neural_trainer.training.char_gpt import CharGPT
from neural_trainer.training.config import OptimizerConfig
from neural_trainer.training.image_classifier import ImageClassifier
from neural_trainer.training.optimizers import make_optimizers


def gpt(tied: bool = True) -> CharGPT:
    torch.manual_seed(0)
    return CharGPT(9, context=4, width=8, num_layers=2, num_heads=2, dropout=0.0, tied=tied)


@pytest.mark.parametrize("name", ["adamw", "sgd", "muon"])
@pytest.mark.parametrize("tied", [True, False])
def test_only_matrices_of_linear_maps_are_decayed(name: str, tied: bool) -> None:
    model = gpt(tied)
    optimizers = make_optimizers(model, OptimizerConfig(name=name, weight_decay=0.3))
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    of_decay = {id(p): group["weight_decay"] for group in groups for p in group["params"]}
    for key, parameter in model.named_parameters():
        spared = any(word in key for word in ("bias", "norm", "tokens", "positions"))
        assert of_decay.pop(id(parameter)) == (0.0 if spared else 0.3), key
    assert of_decay == {}


def test_kernels_of_convolutions_are_decayed_and_their_norms_are_not() -> None:
    model = ImageClassifier(num_classes=3, width=4, num_layers=1, dropout=0.0)
    (optimizer,) = make_optimizers(model, OptimizerConfig(weight_decay=0.3))
    of_decay = {id(p): g["weight_decay"] for g in optimizer.param_groups for p in g["params"]}
    for key, parameter in model.named_parameters():
        spared = "norm" in key or "bias" in key
        assert of_decay[id(parameter)] == (0.0 if spared else 0.3), key


@pytest.mark.parametrize(
    ("momentum", "expected"),
    [pytest.param(None, 0.9, id="default"), pytest.param(0.8, 0.8, id="own")],
)
def test_sgd_has_its_momentum(momentum: float | None, expected: float) -> None:
    config = OptimizerConfig(name="sgd", lr=0.5, momentum=momentum)
    (optimizer,) = make_optimizers(nn.Linear(2, 1), config)
    assert isinstance(optimizer, torch.optim.SGD)
    assert all(g["momentum"] == expected and g["lr"] == 0.5 for g in optimizer.param_groups)


@pytest.mark.parametrize("tied", [True, False])
def test_muon_takes_the_hidden_matrices_and_adamw_the_rest(tied: bool) -> None:
    model = gpt(tied)
    muon, adamw = make_optimizers(model, OptimizerConfig(name="muon"))
    assert isinstance(muon, torch.optim.Muon)
    assert isinstance(adamw, torch.optim.AdamW)
    taken = {id(p) for group in muon.param_groups for p in group["params"]}
    hidden = {name for name, p in model.named_parameters() if id(p) in taken}
    kinds = ("attention_in", "attention_out", "mlp_in", "mlp_out")
    assert hidden == {f"blocks.{block}.{kind}.weight" for block in (0, 1) for kind in kinds}


def test_a_step_is_that_of_torchs_optimizers_on_the_same_parameters() -> None:
    ours, theirs = gpt(tied=False), gpt(tied=False)
    optimizers = make_optimizers(
        ours, OptimizerConfig(name="muon", lr=0.02, weight_decay=0.1, betas=(0.8, 0.9))
    )
    named = dict(theirs.named_parameters())
    hidden = [p for name, p in named.items() if "blocks" in name and p.ndim == 2]
    spared = [p for name, p in named.items() if p.ndim == 1 or name.split(".")[0] in
              ("tokens", "positions")]  # fmt: skip
    reference = [
        torch.optim.Muon(hidden, lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW([named["head.weight"]], lr=0.02, weight_decay=0.1, betas=(0.8, 0.9)),
        torch.optim.AdamW(spared, lr=0.02, weight_decay=0.0, betas=(0.8, 0.9)),
    ]
    text = torch.randint(9, (3, 4))
    for model, steps in ((ours, optimizers), (theirs, reference)):
        for _ in range(3):
            model.zero_grad()
            model(text).square().mean().backward()
            for optimizer in steps:
                optimizer.step()
    for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
        # Our AdamW is fused, which rounds otherwise.
        torch.testing.assert_close(mine, its, rtol=0, atol=1e-6)


def test_nothing_to_train_is_refused() -> None:
    frozen = nn.Linear(2, 1).requires_grad_(False)
    with pytest.raises(ConfigError, match="nothing to train"):
        make_optimizers(frozen, OptimizerConfig())


def test_muon_without_hidden_matrices_is_refused() -> None:
    with pytest.raises(ConfigError, match="hidden matrices"):
        make_optimizers(nn.Linear(2, 1), OptimizerConfig(name="muon"))
