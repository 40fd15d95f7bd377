"""Held-out data taken from the training data: what lies on which side, and what is refused."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, WeightedRandomSampler

from neural_trainer.errors import ConfigError
from neural_trainer.layers.case import Case
from neural_trainer.training.config import ValSplitConfig
from neural_trainer.training.val_split import split_indices, with_validation


class Visits(Dataset[dict[str, Any]]):
    """40 visits of 8 patients, not in the order of time."""

    def __len__(self) -> int:
        return 40

    def __getitem__(self, index: int) -> dict[str, Any]:
        if not 0 <= index < 40:
            raise IndexError(index)
        return {"patient": index % 8, "day": torch.tensor((index * 7) % 20), "x": torch.ones(2)}


def case(dataset: Any = None, **more: Any) -> Case:
    loader = DataLoader(Visits() if dataset is None else dataset, batch_size=4, **more)
    return Case(nn.Linear(1, 1), None, loader)  # type: ignore[arg-type]


def ids(batches: Any) -> list[tuple[int, int]]:
    return [
        (int(patient), int(day))
        for batch in batches
        for patient, day in zip(batch["patient"], batch["day"], strict=True)
    ]


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(ValSplitConfig(), id="random"),
        pytest.param(ValSplitConfig("grouped", 0.3, "patient"), id="grouped"),
        pytest.param(ValSplitConfig("time", 0.2, "day"), id="by-day"),
        pytest.param(ValSplitConfig("time", 0.2), id="by-order"),
    ],
)
def test_each_sample_is_on_one_side(config: ValSplitConfig) -> None:
    train, held_out = split_indices(Visits(), config)
    assert sorted(train + held_out) == list(range(40))
    assert len(held_out) == pytest.approx(config.share * 40, abs=4)


def test_another_seed_holds_out_others_and_the_same_seed_the_same() -> None:
    first, again, other = (
        split_indices(Visits(), ValSplitConfig(seed=seed))[1] for seed in (1, 1, 2)
    )
    assert first == again != other


def test_no_group_is_on_both_sides() -> None:
    split = with_validation(case(shuffle=True), ValSplitConfig("grouped", 0.3, "patient"), fail)
    train, held_out = ids(split.train_batches), ids(split.eval_batches)
    assert len(train) + len(held_out) == 40
    assert {patient for patient, _ in train}.isdisjoint(patient for patient, _ in held_out)


def test_what_is_held_out_comes_after_all_that_is_trained_on() -> None:
    split = with_validation(case(shuffle=True), ValSplitConfig("time", 0.2, "day"), fail)
    assert max(day for _, day in ids(split.train_batches)) < min(
        day for _, day in ids(split.eval_batches)
    )


def fail(text: str) -> None:
    pytest.fail(text)


def test_without_a_word_a_tenth_is_held_out_and_that_is_told() -> None:
    said: list[str] = []
    split = with_validation(case(shuffle=True), None, said.append)
    assert len(ids(split.eval_batches)) == 4
    assert len(said) == 1
    assert "4 of 40 samples are held out at random" in said[0]
    assert "grouped or time" in said[0]


@pytest.mark.parametrize("shuffle", [True, False])
def test_the_new_loaders_are_like_the_old_one(shuffle: bool) -> None:
    split = with_validation(case(shuffle=shuffle, drop_last=True), ValSplitConfig(), fail)
    batches: Any = split.train_batches
    assert batches.batch_size == 4
    assert len(ids(batches)) == 36
    assert (ids(batches) == ids(batches)) != shuffle
    assert ids(split.eval_batches) == ids(split.eval_batches)


def test_held_out_data_of_the_case_is_left_alone() -> None:
    brings = dataclasses.replace(case(), eval_batches=[1])
    assert with_validation(brings, None, fail) is brings
    with pytest.raises(ConfigError, match="brings held-out data"):
        with_validation(brings, ValSplitConfig(), fail)


def test_none_trains_on_all_of_it_without_a_word() -> None:
    whole = case()
    assert with_validation(whole, ValSplitConfig("none"), fail) is whole


class Stream(IterableDataset[int]):
    """A dataset without a length."""

    def __iter__(self) -> Any:
        return iter(range(8))


@pytest.mark.parametrize(
    ("whole", "words"),
    [
        pytest.param(Case(nn.Linear(1, 1), None, [1, 2]), "only a DataLoader", id="list"),  # type: ignore[arg-type]
        pytest.param(case(Stream()), "no length", id="stream"),
        pytest.param(
            case(sampler=WeightedRandomSampler([1.0] * 40, 40)), "sampler is its own", id="sampler"
        ),
        pytest.param(case([1]), "fewer than 2", id="one-sample"),
    ],
)
def test_what_cannot_be_split_is_told_and_refused_when_asked(whole: Case, words: str) -> None:
    said: list[str] = []
    assert with_validation(whole, None, said.append) is whole
    assert words in said[0]
    assert "overfitting cannot be seen" in said[0]
    with pytest.raises(ConfigError, match=words):
        with_validation(whole, ValSplitConfig(), fail)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        pytest.param(ValSplitConfig("grouped"), "needs val_split.by", id="no-key"),
        pytest.param(
            ValSplitConfig("grouped", 0.1, "pateint"), "has patient, day, x", id="unknown-key"
        ),
        pytest.param(ValSplitConfig("grouped", 0.95, "patient"), "leaves 0 of 40", id="all"),
    ],
)
def test_a_split_that_cannot_be(config: ValSplitConfig, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        split_indices(Visits(), config)


def test_a_key_of_a_tuple_is_its_place() -> None:
    pairs: Any = [(0.5, group) for group in "aabbccdd"]
    train, held_out = split_indices(pairs, ValSplitConfig("grouped", 0.2, "1"))
    assert len(held_out) == 2
    assert {pairs[i][1] for i in train}.isdisjoint(pairs[i][1] for i in held_out)
