"""FLOP by convention, against operations counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from made_studies import spread

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.study.scaling.analysis import completed
from neural_trainer.study.scaling.flops import CONVENTIONS, Architecture, flops_per_token
from neural_trainer.study.scaling.points import Points

# GPT-2 small without embeddings: 12 blocks of width 768, each 12 width^2 weights.
LAYERS, WIDTH, CONTEXT, VOCABULARY = 12.0, 768.0, 1024.0, 50257.0
PARAMS = LAYERS * 12 * WIDTH**2
SHAPE = Architecture(*(np.array([value]) for value in (LAYERS, WIDTH, CONTEXT, VOCABULARY)))

# Matrix products of one token, forward: 2 FLOP a multiplication and addition. Backward is twice it.
MATRICES = 2 * PARAMS
SCORES_AND_SUMS = LAYERS * 2 * (2 * CONTEXT * WIDTH)
HEAD = 2 * WIDTH * VOCABULARY
BY_HAND = {
    "6ND": 3 * MATRICES,
    "6ND+attention": 3 * (MATRICES + SCORES_AND_SUMS),
    "6ND+head": 3 * (MATRICES + HEAD),
    "6ND+attention+head": 3 * (MATRICES + SCORES_AND_SUMS + HEAD),
}


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_conventions_are_those_counted_by_hand(convention: str) -> None:
    found = flops_per_token(np.array([PARAMS]), convention, SHAPE)
    assert found[0] == pytest.approx(BY_HAND[convention])


def test_a_convention_without_its_columns_is_refused() -> None:
    with pytest.raises(NeuralTrainerError, match="needs the columns of layers"):
        flops_per_token(np.array([PARAMS]), "6ND+head")
    with pytest.raises(NeuralTrainerError, match="no FLOP convention 8ND"):
        flops_per_token(np.array([PARAMS]), "8ND")


def test_tokens_come_from_compute_and_compute_from_tokens() -> None:
    whole = spread()
    for lacking in ("tokens", "compute"):
        columns = {name: values for name, values in whole.columns.items() if name != lacking}
        found = completed(Points("made", columns))
        assert found.columns[lacking] == pytest.approx(whole.columns[lacking])
    assert completed(whole) is whole
