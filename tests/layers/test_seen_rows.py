"""Which samples of a pass had been trained on, told by fingerprints."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from neural_trainer.layers.passes import Passes
from neural_trainer.layers.seen_rows import SeenRows

RNG = torch.Generator().manual_seed(0)


def drawn(count: int, *shape: int) -> Tensor:
    return torch.randn(count, *shape, generator=RNG)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int64])
@pytest.mark.parametrize("shape", [(12,), (3, 20, 20), (1000,)])
def test_samples_that_were_trained_on_are_found(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    train = (1000 * drawn(64, *shape)).to(dtype)
    rows = SeenRows()
    rows.trained(train[:32])
    rows.trained(train[32:])
    rows.scored(torch.cat([train[10:26], (1000 * drawn(48, *shape)).to(dtype)]))
    assert rows.take() == pytest.approx(16 / 64)
    rows.scored((1000 * drawn(64, *shape)).to(dtype))
    assert rows.take() == 0.0


def trained(train: Tensor, size: int = 64) -> SeenRows:
    rows = SeenRows()
    for batch in train.split(size):
        rows.trained(batch)
    return rows


def test_passes_over_the_training_data_beside_held_out_ones_count_as_none() -> None:
    train, held_out = drawn(64, 8), drawn(640, 8)
    rows = trained(train)
    for _ in range(8):
        rows.scored(train)
    for some in held_out.split(320):
        rows.scored(some)
    assert rows.take() == 0.0


def test_nothing_is_told_of_data_that_are_alike_by_chance() -> None:
    few = torch.randint(2, (640, 4), generator=RNG)
    rows = trained(few)
    rows.scored(few)
    assert rows.take() is None


def test_batches_drawn_with_replacement_are_no_data_that_are_alike() -> None:
    """What is scored has no twins among itself: those of training come from the drawing."""
    train = drawn(200, 8)
    rows = trained(train[torch.randint(200, (1280,), generator=RNG)])
    rows.scored(torch.cat([train[:40], drawn(160, 8)]))
    assert rows.take() == pytest.approx(0.2, abs=0.02)
    rows.scored(drawn(200, 8))
    assert rows.take() == 0.0


def test_nothing_is_told_before_training_nor_without_a_pass() -> None:
    rows = SeenRows()
    rows.scored(drawn(64, 8))
    assert rows.take() is None
    rows.trained(drawn(64, 8))
    assert rows.take() is None
    rows.scored(drawn(4, 8))  # too few samples
    assert rows.take() is None


def test_older_samples_give_way() -> None:
    first, rows = drawn(64, 8), SeenRows()
    rows.trained(first)
    for _ in range(8192 // 64):
        rows.trained(drawn(64, 8))
    rows.scored(first)
    assert rows.take() == 0.0


def test_a_model_in_training_is_watched() -> None:
    def fail(error: Exception) -> None:
        raise AssertionError("a measurement failed") from error

    model, train = nn.Linear(8, 2), drawn(64, 8)
    watch = Passes(model, fail)
    watch.on = True
    model(train).sum().backward()
    watch.take()
    with torch.no_grad():
        model(train)
    assert watch.trained_on() == 1.0
    held_out = drawn(64, 8)
    model(held_out)  # no gradient comes to it: nothing is learnt from it
    with torch.no_grad():
        model(held_out)
    assert watch.trained_on() == 0.0
    with torch.inference_mode():
        model(drawn(64, 8))
    assert watch.trained_on() == 0.0
    with torch.no_grad():
        model(train)
    watch.take()  # a step: the pass belonged to no evaluation
    assert watch.trained_on() is None


def test_a_mask_is_no_sample() -> None:
    class Reader(nn.Module):
        def forward(self, attention_mask: Tensor, input_ids: Tensor) -> Tensor:
            return (attention_mask * input_ids).float().sum() * torch.ones((), requires_grad=True)

    def fail(error: Exception) -> None:
        raise AssertionError("a measurement failed") from error

    model, ids = Reader(), torch.randint(1000, (64, 12), generator=RNG)
    watch = Passes(model, fail)
    watch.on = True
    model(attention_mask=torch.ones_like(ids), input_ids=ids).backward()
    with torch.no_grad():
        model(attention_mask=torch.ones_like(ids), input_ids=ids)
    assert watch.trained_on() == 1.0
