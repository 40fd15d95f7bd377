"""Cross-validation of a case: its factory called anew for each fold, trained, and scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.copies import DEFAULT_LR
from neural_trainer.inspect.untouched import random_states
from neural_trainer.inspect.user_case import one_line
from neural_trainer.layers.batches import mapped, num_samples, on_device
from neural_trainer.layers.case import Case
from neural_trainer.study.validate.case_pass import predict
from neural_trainer.study.validate.fold_scores import Folds, folds_of
from neural_trainer.study.validate.predictions import item_scores

How = Literal["random", "group", "time"]
MOST_ITEMS = 100_000


@dataclass(frozen=True)
class Asked:
    """k folds; how: drawn at random, whole groups, or by time (train on what came before)."""

    k: int
    how: How = "random"
    epochs: int = 1
    seed: int = 0


def assign(
    num: int, asked: Asked, groups: NDArray[Any] | None = None
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return training and test places of each fold. Raises ConfigError.

    By time, num items lie in k + 1 blocks; fold i trains on the blocks before its own.

    >>> [len(test) for _, test in assign(10, Asked(5))]
    [2, 2, 2, 2, 2]
    """
    if asked.k < 2:
        raise ConfigError(f"--folds {asked.k}: expected 2 or more")
    rng = np.random.default_rng(asked.seed)
    places = np.arange(num)
    if asked.how == "time":
        if num < asked.k + 1:
            raise ConfigError(f"{num} items make no {asked.k} folds by time")
        blocks = np.array_split(places, asked.k + 1)
        return [(np.concatenate(blocks[:i]), blocks[i]) for i in range(1, asked.k + 1)]
    if asked.how == "group":
        if groups is None:
            raise ConfigError("--fold-by group: batches have no group; expected mappings with one")
        names, of = np.unique(groups, return_inverse=True)
        if len(names) < asked.k:
            raise ConfigError(f"{len(names)} groups make no {asked.k} folds; expected more groups")
        fold_of = _balanced(np.bincount(of), asked.k, rng)[of]
    else:
        if num < asked.k:
            raise ConfigError(f"{num} items make no {asked.k} folds")
        fold_of = rng.permutation(num) % asked.k
    return [(places[fold_of != i], places[fold_of == i]) for i in range(asked.k)]


def _balanced(sizes: NDArray[Any], k: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the fold of each group: the largest first, each into the smallest fold."""
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold, filled = np.zeros(len(sizes), dtype=np.int64), np.zeros(k)
    for group in order:
        fold[group] = int(filled.argmin())
        filled[fold[group]] += sizes[group]
    return fold


def cross_validate(
    make: Callable[[], Case], asked: Asked, level: float, tell: Callable[[str], None]
) -> Folds:
    """Return the scores of k models, each trained on the rest. Raises ConfigError.

    The items are those of train_batches, gathered once; a batch is as large as theirs. The random
    states are put back.
    """
    with random_states():
        torch.manual_seed(asked.seed)
        case = make()
        data, count, size = gathered(case)
        splits = assign(count, asked, _groups(data))
        values, nums, score = [], [], ""
        for number, (train, test) in enumerate(splits):
            tell(f"fold {number + 1} of {asked.k}")
            torch.manual_seed(asked.seed + number)
            model_case = make()
            _train(model_case, data, train, size, asked, number)
            found = predict(
                model_case, Cut(data, test, size), f"fold {number + 1}", keep_inputs=False
            )
            score, each, weights = item_scores(found)
            values.append(float(weights @ each / weights.sum()))
            nums.append(len(found))
    share = float(np.mean([len(test) / len(train) for train, test in splits]))
    notes = () if case.optimizer is not None else (
        f"the case names no optimizer: trained with AdamW at {DEFAULT_LR:g}",
    )  # fmt: skip
    return folds_of(score, asked.how, values, nums, share, level, notes)


class Cut:
    """Batches of the items at `places`, in this order; iterated as often as one likes."""

    def __init__(self, data: Any, places: NDArray[np.int64], size: int) -> None:
        self._data, self._places, self._size = data, places, size

    def __iter__(self) -> Any:
        for start in range(0, len(self._places), self._size):
            at = self._places[start : start + self._size]
            yield _picked(self._data, at)


def gathered(case: Case) -> tuple[Any, int, int]:
    """Return all items of the training batches as one batch, their number, and a batch's size."""
    batches, count, size = [], 0, 0
    for batch in case.train_batches:
        batches.append(batch)
        num = num_samples(batch) or 0
        size = max(size, num)
        count += num
        if count > MOST_ITEMS:
            raise ConfigError(
                f"--folds gathers train_batches whole; expected at most {MOST_ITEMS:,} items"
            )
    if not batches:
        raise ConfigError("train_batches yields nothing; expected batches to make folds of")
    return _joined(batches, count), count, size


def _joined(parts: list[Any], count: int) -> Any:
    first = parts[0]
    if isinstance(first, Tensor):
        if first.ndim == 0 or len({p.shape[1:] for p in parts}) > 1:
            raise ConfigError("--folds needs batches whose tensors share all dimensions but one")
        return torch.cat(parts)
    if isinstance(first, dict):
        return {key: _joined([p[key] for p in parts], count) for key in first}
    if isinstance(first, tuple | list) and any(hasattr(p, "shape") for p in first):
        joined = [_joined([p[i] for p in parts], count) for i in range(len(first))]
        return joined if isinstance(first, list) else tuple(joined)
    if isinstance(first, list | tuple):
        return [one for p in parts for one in p]
    raise ConfigError(f"--folds cannot join batches of {type(first).__name__}")


def _picked(data: Any, places: NDArray[np.int64]) -> Any:
    index = torch.as_tensor(places)
    if isinstance(data, dict):
        return {key: _picked(value, places) for key, value in data.items()}
    if isinstance(data, list) and not any(isinstance(one, Tensor) for one in data):
        return [data[i] for i in places]
    return mapped(data, lambda tensor: tensor[index])


def _groups(data: Any) -> NDArray[Any] | None:
    found = next((data[key] for key in ("group", "groups") if key in data), None) if isinstance(
        data, dict
    ) else None  # fmt: skip
    if found is None:
        return None
    return np.array([str(one) for one in (found.tolist() if hasattr(found, "tolist") else found)])


def _train(
    case: Case, data: Any, places: NDArray[np.int64], size: int, asked: Asked, number: int
) -> None:
    model = case.model
    optimizer = case.optimizer or torch.optim.AdamW(model.parameters(), lr=DEFAULT_LR)
    rng = np.random.default_rng([asked.seed, number])
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    model.train()
    for _ in range(asked.epochs):
        for batch in Cut(data, rng.permutation(places), size):
            optimizer.zero_grad()
            try:
                loss = case.loss_fn(model, on_device(batch, device))
                loss.backward()
            except Exception as error:  # whatever the user's code raises
                raise ConfigError(
                    f"fold {number + 1}: training raised {one_line(error)}"
                ) from error
            optimizer.step()
