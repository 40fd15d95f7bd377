"""Predictions made for tests: of classes, of numbers, of texts, with and without groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neural_trainer.study.validate.predictions import Predictions


def classes(num: int = 300, k: int = 3, seed: int = 0, sharpness: float = 1.5) -> Predictions:
    """Return predictions whose probabilities are calibrated: the truth is drawn from them."""
    rng = np.random.default_rng(seed)
    logits = sharpness * rng.standard_normal((num, k))
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = (probabilities.cumsum(1) > rng.random((num, 1))).argmax(1).astype(float)
    return Predictions(
        "made", "classification", truth, probabilities.argmax(1).astype(float),
        tuple("abcdefghij"[:k]), probabilities,
    )  # fmt: skip


def numbers(num: int = 200, seed: int = 0, noise: float = 0.5) -> Predictions:
    """Return predictions of numbers with normal errors."""
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal(num)
    return Predictions("made", "regression", truth, truth + noise * rng.standard_normal(num))


def texts(num: int = 100, seed: int = 0) -> Predictions:
    """Return nats, tokens and right tokens of items of unequal length."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(5, 50, num).astype(float)
    return Predictions(
        "made", "language", tokens * rng.gamma(4, 0.5, num),
        np.floor(tokens * rng.random(num)), tokens=tokens,
    )  # fmt: skip


def repeated(p: Predictions, times: int) -> Predictions:
    """Return every item `times` over, as one cluster each."""
    assert p.probabilities is not None
    return replace(
        p, truth=np.repeat(p.truth, times), predicted=np.repeat(p.predicted, times),
        probabilities=np.repeat(p.probabilities, times, axis=0),
        clusters=np.repeat(np.arange(len(p)), times),
    )  # fmt: skip
