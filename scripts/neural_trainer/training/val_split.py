"""What is held out of the training data: at random, by groups, or the last in time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from neural_trainer.errors import ConfigError
from neural_trainer.layers.case import Case
from neural_trainer.training.config import ValSplitConfig
from neural_trainer.training.loaders import loader_like


def with_validation(case: Case, config: ValSplitConfig | None, say: Callable[[str], None]) -> Case:
    """Return the case with held-out data; unchanged where it brings its own or wants none.

    Without a word in the config a tenth is held out at random, and `say` is told what that risks.
    Raises ConfigError where the config wants what cannot be done.
    """
    if case.eval_batches is not None:
        if config is not None and config.name != "none":
            raise ConfigError("the case brings held-out data, so val_split has nothing to do")
        return case
    if config is not None and config.name == "none":
        return case
    lacks = _why_not(case.train_batches)
    if lacks and config is not None:
        raise ConfigError(f"val_split: {config.name}: {lacks}")
    if lacks:
        say(f"no held-out data, so overfitting cannot be seen; {lacks}")
        return case
    split = config or ValSplitConfig()
    dataset: Any = case.train_batches.dataset  # type: ignore[attr-defined]
    train, held_out = split_indices(dataset, split)
    if config is None:
        say(
            f"no held-out data: {len(held_out)} of {len(dataset)} samples are held out at random; "
            f"where samples belong together or follow in time that leaks, and val_split.name "
            f"should be grouped or time (or none)"
        )
    return dataclasses.replace(
        case,
        train_batches=_loader(case.train_batches, train, is_training=True),
        eval_batches=_loader(case.train_batches, held_out, is_training=False),
    )


def split_indices(dataset: Any, config: ValSplitConfig) -> tuple[list[int], list[int]]:
    """Return the samples to train on and those held out: at least one of each.

    A group lies whole on one side; of the samples at the time of the cut all are trained on.
    Raises ConfigError.
    """
    import torch

    count = len(dataset)
    wanted = max(1, round(config.share * count))
    if config.name == "time":
        keys = range(count) if config.by is None else _values(dataset, config.by)
        order = sorted(range(count), key=lambda index: (keys[index], index))
        cut = count - wanted
        while 0 < cut < count and keys[order[cut]] == keys[order[cut - 1]]:
            cut += 1
        train, held_out = sorted(order[:cut]), sorted(order[cut:])
    else:
        if config.name == "grouped" and config.by is None:
            raise ConfigError("val_split.name grouped needs val_split.by, the key of the group")
        by = config.by if config.name == "grouped" else None
        keys = range(count) if by is None else _values(dataset, by)
        groups = list(dict.fromkeys(keys))
        generator = torch.Generator().manual_seed(config.seed)
        sizes = dict.fromkeys(groups, 0)
        for key in keys:
            sizes[key] += 1
        chosen, size = set(), 0
        for number in torch.randperm(len(groups), generator=generator).tolist():
            if size >= wanted:
                break
            chosen.add(groups[number])
            size += sizes[groups[number]]
        train = [index for index in range(count) if keys[index] not in chosen]
        held_out = [index for index in range(count) if keys[index] in chosen]
    if not train or not held_out:
        raise ConfigError(
            f"val_split leaves {len(train)} of {count} samples to train on and holds out "
            f"{len(held_out)}; expected some of each: another share or another key"
        )
    return train, held_out


def _values(dataset: Any, by: str) -> Sequence[Any]:
    """Return `by` of every sample: a key of a mapping, or the place in a tuple."""
    first = dataset[0]
    key: Any = int(by) if by.isdigit() and not isinstance(first, dict) else by
    known = list(first) if isinstance(first, dict) else list(range(len(first)))
    if key not in known:
        names = ", ".join(map(str, known))
        raise ConfigError(f"val_split.by is {by!r}; a sample of the data has {names}")
    values = [dataset[index][key] for index in range(len(dataset))]
    return [value.item() if hasattr(value, "item") else value for value in values]


def _why_not(batches: Any) -> str:
    """Say why these batches cannot be split; empty where they can."""
    from torch.utils.data import DataLoader, IterableDataset, RandomSampler, SequentialSampler

    if not isinstance(batches, DataLoader):
        return "only a DataLoader can be split: give the case eval_batches"
    if isinstance(batches.dataset, IterableDataset) or not hasattr(batches.dataset, "__len__"):
        return "its dataset has no length to split: give the case eval_batches"
    if batches.batch_size is None or not isinstance(
        batches.sampler, RandomSampler | SequentialSampler
    ):
        return "its sampler is its own: give the case eval_batches"
    if len(batches.dataset) < 2:
        return "its dataset has fewer than 2 samples"
    return ""


def _loader(loader: Any, indices: list[int], *, is_training: bool) -> Any:
    """Return a loader like `loader` over these samples alone."""
    from torch.utils.data import RandomSampler, Subset

    return loader_like(
        loader,
        Subset(loader.dataset, indices),
        batch_size=loader.batch_size,
        shuffle=is_training and isinstance(loader.sampler, RandomSampler),
        drop_last=is_training and loader.drop_last,
        generator=loader.generator if is_training else None,
    )
