"""What a model of sequences is given and asked for."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from neural_trainer.layers.sequences import UNRELATED, padding_share, target_offset

torch.manual_seed(0)
TEXT = torch.randint(1, 50, (6, 14))
WAVES = torch.randn(6, 14, 2)


def ignoring_last(text: Tensor) -> Tensor:
    """Return the next of each element, and -100 for the last."""
    targets = text.roll(-1, 1)
    targets[:, -1] = -100
    return targets


def shifted(text: Tensor, offset: int) -> tuple[Tensor, Tensor]:
    """Return ten elements of each line, and those that come so many later."""
    return text[:, 1:11], text[:, 1 + offset : 11 + offset]


@pytest.mark.parametrize(
    ("inputs", "targets", "offset"),
    [
        pytest.param(TEXT[:, :-1], TEXT[:, 1:].flatten(), 1, id="flat"),
        pytest.param(TEXT, TEXT[:, 1:].flatten(), 1, id="shifted_within_the_model"),
        pytest.param(TEXT, TEXT[:, :-1], 0, id="not_shifted_within_the_model"),
        pytest.param(TEXT, ignoring_last(TEXT), 1, id="last_is_ignored"),
        pytest.param(TEXT.T[:-1], TEXT.T[1:].flatten(), 1, id="length_first"),
        pytest.param(WAVES[:, :-1], WAVES[:, 1:], 1, id="fractions"),
        *(pytest.param(*shifted(TEXT, by), by, id=f"by_{by}") for by in (-1, 0, 1, 2, 3)),
        pytest.param(TEXT, TEXT.flip(0), UNRELATED, id="others"),
        pytest.param(torch.ones_like(TEXT), torch.ones_like(TEXT), UNRELATED, id="always_one"),
    ],
)
def test_how_much_later_targets_are(inputs: Tensor, targets: Tensor, offset: float) -> None:
    found = target_offset(inputs, targets)
    assert found is not None
    assert float(found) == offset


@pytest.mark.parametrize("targets", [torch.zeros(6), torch.zeros(6, 50)], ids=["classes", "tables"])
def test_targets_that_do_not_lie_beside_inputs(targets: Tensor) -> None:
    assert target_offset(TEXT, targets) is None


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
