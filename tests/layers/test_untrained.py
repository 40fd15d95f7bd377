"""Weights that lie as they were drawn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional, init

from neural_trainer.layers.untrained import lies_as_drawn, untrained
from neural_trainer.layers.watched import watched

Made = Callable[[], Tensor]
DRAWN: dict[str, Made] = {
    "linear": lambda: nn.Linear(40, 30).weight,
    "conv": lambda: nn.Conv2d(8, 16, 3).weight,
    "xavier-uniform": lambda: init.xavier_uniform_(torch.empty(64, 48)),
    "xavier-normal": lambda: init.xavier_normal_(torch.empty(64, 48)),
    "kaiming-uniform": lambda: init.kaiming_uniform_(torch.empty(64, 48), nonlinearity="relu"),
    "kaiming-normal": lambda: init.kaiming_normal_(torch.empty(64, 48, 3, 3), mode="fan_out"),
    "gpt": lambda: torch.empty(64, 48).normal_(std=0.02),
    "attention": lambda: nn.MultiheadAttention(32, 4).in_proj_weight,
}
OTHERS: dict[str, Made] = {
    "grown": lambda: 1.3 * nn.Linear(40, 30).weight,
    "constant": lambda: torch.full((40, 30), 0.1),
    "heavy-tails": lambda: torch.distributions.StudentT(3.0).sample((64, 48)) * 0.02,
    "off-centre": lambda: nn.Linear(40, 30).weight + 0.05,
    "not-finite": lambda: nn.Linear(40, 30).weight * float("nan"),
    "small": lambda: nn.Linear(4, 3).weight,
}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", DRAWN)
def test_as_drawn(name: str, seed: int) -> None:
    torch.manual_seed(seed)
    assert lies_as_drawn(DRAWN[name]().detach())


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_recurrent_as_drawn(kind: type[nn.RNNBase]) -> None:
    torch.manual_seed(0)
    layer = kind(20, 32)
    assert lies_as_drawn(layer.weight_ih_l0.detach(), recurrent=True)
    assert lies_as_drawn(layer.weight_hh_l0.detach(), recurrent=True)


@pytest.mark.parametrize("name", OTHERS)
def test_not_as_drawn(name: str) -> None:
    torch.manual_seed(0)
    assert not lies_as_drawn(OTHERS[name]().detach())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", DRAWN)
def test_trained(name: str, seed: int) -> None:
    """A few dozen steps are enough to blur what was drawn."""
    torch.manual_seed(seed)
    weight = DRAWN[name]().detach().flatten(1).clone().requires_grad_()
    optimizer = torch.optim.Adam([weight], lr=3e-3)
    inputs, wanted = torch.randn(256, weight.shape[1]), torch.randn(256, weight.shape[0])
    for _ in range(40):
        optimizer.zero_grad()
        functional.mse_loss(functional.linear(inputs, weight), wanted).backward()
        optimizer.step()
    assert not lies_as_drawn(weight.detach())


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 32))


def test_what_is_frozen_and_what_is_left_out() -> None:
    model = net()
    model[0].requires_grad_(False)
    optimizer = torch.optim.SGD(model[2].parameters(), lr=0.1)
    assert untrained(watched(model, [optimizer])) == {
        "frozen_untrained": 0.5, "unheld_untrained": 0.0,
    }  # fmt: skip
    model[0].requires_grad_(True)
    assert untrained(watched(model, [optimizer])) == {
        "frozen_untrained": 0.0, "unheld_untrained": 0.5,
    }  # fmt: skip


def test_an_optimizer_that_holds_copies_tells_nothing() -> None:
    copies = [p.detach().clone() for p in net().parameters()]
    optimizer = torch.optim.SGD(copies, lr=0.1)
    assert untrained(watched(net(), [optimizer])) == {"frozen_untrained": 0.0}


def test_a_teacher_beside_its_student_is_meant() -> None:
    model = nn.ModuleDict({"student": net(), "teacher": net().requires_grad_(False)})
    optimizer = torch.optim.SGD(model["student"].parameters(), lr=0.1)
    assert untrained(watched(model, [optimizer]))["frozen_untrained"] == 0


def test_a_model_without_matrices() -> None:
    assert untrained(watched(nn.LayerNorm(4), [])) == {}
