"""What a model of sequences is given and asked for."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from neural_trainer.layers.sequences import padding_share, shifted

torch.manual_seed(0)
TEXT = torch.randint(1, 50, (6, 13))
WAVES = torch.randn(6, 13, 2)


def ignoring_last(text: Tensor) -> Tensor:
    """Return the next of each element, and -100 for the last."""
    targets = text.roll(-1, 1)
    targets[:, -1] = -100
    return targets


@pytest.mark.parametrize(
    ("inputs", "targets", "is_next"),
    [
        pytest.param(TEXT[:, :-1], TEXT[:, 1:], 1, id="beside"),
        pytest.param(TEXT[:, :-1], TEXT[:, 1:].flatten(), 1, id="flat"),
        pytest.param(TEXT, TEXT[:, 1:].flatten(), 1, id="shifted_within_the_model"),
        pytest.param(TEXT, ignoring_last(TEXT), 1, id="last_is_ignored"),
        pytest.param(TEXT.T[:-1], TEXT.T[1:].flatten(), 1, id="length_first"),
        pytest.param(WAVES[:, :-1], WAVES[:, 1:], 1, id="fractions"),
        pytest.param(TEXT, TEXT, 0, id="a_copy"),
        pytest.param(TEXT, TEXT.flip(0), 0, id="others"),
        pytest.param(torch.ones_like(TEXT), torch.ones_like(TEXT), 0, id="always_one"),
    ],
)
def test_whether_targets_are_the_next_inputs(
    inputs: Tensor, targets: Tensor, is_next: float
) -> None:
    found = shifted(inputs, targets)
    assert found is not None
    assert float(found) == is_next


@pytest.mark.parametrize("targets", [torch.zeros(6), torch.zeros(6, 50)], ids=["classes", "tables"])
def test_targets_that_do_not_lie_beside_inputs(targets: Tensor) -> None:
    assert shifted(TEXT, targets) is None


def padded(text: Tensor) -> Tensor:
    """Return text of which rows end in zeros: 2, 3, 4 … of them."""
    padded = text.clone()
    for row, line in enumerate(padded):
        line[-(2 + row) :] = 0
    return padded


def test_padding_that_counts() -> None:
    text = padded(TEXT)
    inputs, targets = text[:, :-1], text[:, 1:]
    share = padding_share(inputs, targets, -100)
    assert share is not None
    lengths = [1 + row for row in range(6)]  # of the inputs' padding, of which the first is an end
    assert float(share) == pytest.approx(sum(n - 1 for n in lengths) / targets.numel())


def test_padding_that_is_left_out() -> None:
    text = padded(TEXT)
    found = padding_share(text[:, :-1], text[:, 1:], 0)
    assert found is not None
    assert float(found) == 0


@pytest.mark.parametrize(
    "text", [TEXT, torch.cat([TEXT, torch.zeros(6, 3, dtype=torch.long)], 1)],
    ids=["not_padded", "all_end_alike"],
)  # fmt: skip
def test_no_padding(text: Tensor) -> None:
    found = padding_share(text[:, :-1], text[:, 1:], -100)
    assert found is not None
    assert float(found) == 0


def test_targets_of_another_size() -> None:
    assert padding_share(TEXT, TEXT[:, 0], -100) is None
