"""A data loader like another one, with more workers or another batch size."""

from __future__ import annotations

from typing import Any

from neural_trainer.errors import ConfigError


def rebuilt(batches: Any, num_workers: int | None, batch_size: int | None) -> Any:
    """Return `batches` with what is given changed; the same where nothing is.

    The generator of a shuffling sampler is copied, so that the original draws what it would have.
    Raises ConfigError where `batches` is no DataLoader with a batch size of its own.
    """
    if num_workers is None and batch_size is None:
        return batches
    import torch
    from torch.utils.data import DataLoader, RandomSampler

    reason = why_not(batches)
    if reason:
        raise ConfigError(reason)
    sampler, generator = batches.sampler, None
    if isinstance(sampler, RandomSampler):
        generator = torch.Generator()
        seed = sampler.generator.initial_seed() if sampler.generator is not None else 0
        generator.manual_seed(seed)
        sampler = RandomSampler(
            sampler.data_source, sampler.replacement, sampler._num_samples, generator
        )
    workers = batches.num_workers if num_workers is None else num_workers
    return DataLoader(
        batches.dataset,
        batch_size=batches.batch_size if batch_size is None else batch_size,
        sampler=sampler,
        num_workers=workers,
        collate_fn=batches.collate_fn,
        pin_memory=batches.pin_memory,
        drop_last=batches.drop_last,
        timeout=batches.timeout,
        worker_init_fn=batches.worker_init_fn,
        persistent_workers=workers > 0,
        multiprocessing_context=batches.multiprocessing_context,
    )


def why_not(batches: Any) -> str:
    """Return why `batches` cannot be rebuilt; nothing where it can."""
    from torch.utils.data import DataLoader, IterableDataset

    if not isinstance(batches, DataLoader):
        return f"train_batches is a {type(batches).__name__}, no DataLoader"
    if isinstance(batches.dataset, IterableDataset):
        return "an iterable data set decides by itself what each worker yields"
    if batches.batch_size is None:
        return "the DataLoader has a batch sampler of its own"
    return ""
