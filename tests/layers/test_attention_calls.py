"""How far attention looks ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from neural_trainer.layers.attention_calls import AttentionCalls

LENGTH = 8
SCORES = torch.linspace(-2, 2, 2 * LENGTH * LENGTH).reshape(2, LENGTH, LENGTH)
LATER = torch.ones(LENGTH, LENGTH, dtype=torch.bool).triu(1)
QUERY = torch.linspace(-1, 1, 2 * 4 * LENGTH * 4).reshape(2, 4, LENGTH, 4)
TEXT = torch.linspace(-1, 1, 2 * LENGTH * 16).reshape(2, LENGTH, 16)


def attend(*given: Tensor, **named: Any) -> Tensor:
    return functional.scaled_dot_product_attention(*given, **named)


def fail(error: Exception) -> None:
    raise AssertionError("a measurement failed") from error


@pytest.fixture
def calls() -> Iterator[AttentionCalls]:
    watch = AttentionCalls(fail)
    watch.on = True
    yield watch
    watch.release()


def multihead() -> nn.MultiheadAttention:
    torch.manual_seed(0)
    return nn.MultiheadAttention(16, 4, batch_first=True)


@pytest.mark.parametrize(
    ("call", "ahead"),
    [
        pytest.param(lambda: functional.softmax(SCORES, dim=-1), 1, id="functional"),
        pytest.param(lambda: functional.softmax(input=SCORES, dim=2), 1, id="by_names"),
        pytest.param(lambda: torch.softmax(SCORES, 2), 1, id="torch"),
        pytest.param(lambda: SCORES.softmax(-1), 1, id="method"),
        pytest.param(lambda: nn.Softmax(-1)(SCORES), 1, id="module"),
        pytest.param(
            lambda: SCORES.masked_fill(LATER, float("-inf")).softmax(-1), 0, id="filled"
        ),
        pytest.param(lambda: (SCORES - 1e9 * LATER).softmax(-1), 0, id="large_number_taken_off"),
        pytest.param(
            lambda: SCORES.masked_fill(LATER.roll(1, 1).triu(2), -1e9).softmax(-1), 1,
            id="mask_one_too_far",
        ),
        pytest.param(lambda: attend(QUERY, QUERY, QUERY), 1, id="no_mask"),
        pytest.param(lambda: attend(QUERY, QUERY, QUERY, is_causal=True), 0, id="causal"),
        pytest.param(lambda: attend(QUERY, QUERY, QUERY, ~LATER), 0, id="mask_of_bools"),
        pytest.param(
            lambda: attend(QUERY, QUERY, QUERY, attn_mask=-1e9 * LATER), 0, id="mask_to_add"
        ),
        pytest.param(
            lambda: attend(QUERY, QUERY, QUERY, torch.ones(2, 1, 1, LENGTH, dtype=torch.bool)), 1,
            id="mask_of_padding_alone",
        ),
        pytest.param(lambda: multihead()(TEXT, TEXT, TEXT), 1, id="multihead"),
        pytest.param(
            lambda: multihead()(TEXT, TEXT, TEXT, attn_mask=LATER), 0, id="multihead_masked"
        ),
        pytest.param(
            lambda: multihead()(TEXT, TEXT, TEXT, attn_mask=LATER, need_weights=False), 0,
            id="multihead_masked_without_weights",
        ),
    ],
)  # fmt: skip
def test_share_of_positions_that_see_the_next(
    calls: AttentionCalls, call: Callable[[], Tensor], ahead: float
) -> None:
    call()
    least = calls.take()
    assert least is not None
    assert float(least) == ahead
    assert calls.take() is None


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: SCORES[0].softmax(-1), id="a_table_of_classes"),
        pytest.param(lambda: SCORES.softmax(1), id="along_another_dimension"),
        pytest.param(lambda: SCORES[:, :5].softmax(-1), id="scores_of_another_sequence"),
        pytest.param(lambda: attend(QUERY[:, :, :1], QUERY, QUERY), id="one_query"),
        pytest.param(lambda: SCORES[:, :3, :3].softmax(-1), id="too_short"),
    ],
)
def test_what_is_no_attention_to_itself(calls: AttentionCalls, call: Callable[[], Tensor]) -> None:
    call()
    assert calls.take() is None


def test_the_attention_that_sees_least_counts(calls: AttentionCalls) -> None:
    """A decoder sees the whole of what it translates, and not its own next word."""
    attend(QUERY, QUERY, QUERY, is_causal=True)
    attend(QUERY, QUERY, QUERY)
    least = calls.take()
    assert least is not None
    assert float(least) == 0


def test_nothing_is_seen_while_off_or_without_gradients_or_after(calls: AttentionCalls) -> None:
    with torch.no_grad():
        SCORES.softmax(-1)
    calls.on = False
    SCORES.softmax(-1)
    calls.on = True
    calls.release()
    SCORES.softmax(-1)
    assert calls.take() is None


def test_a_compiled_model_is_the_same(calls: AttentionCalls) -> None:
    compiled = torch.compile(
        lambda scores: scores.softmax(-1).sum(), backend="aot_eager", fullgraph=True
    )
    assert float(compiled(SCORES)) == pytest.approx(2 * LENGTH)
    assert calls.take() is None
