"""A DataLoader like another, over other samples or in another order."""

from __future__ import annotations

from typing import Any


def loader_like(loader: Any, dataset: Any, **changes: Any) -> Any:
    """Return a DataLoader of `dataset` with the workers and settings of `loader`, but `changes`."""
    from torch.utils.data import DataLoader

    settings = {
        "num_workers": loader.num_workers,
        "collate_fn": loader.collate_fn,
        "pin_memory": loader.pin_memory,
        "timeout": loader.timeout,
        "worker_init_fn": loader.worker_init_fn,
        "multiprocessing_context": loader.multiprocessing_context,
        "generator": loader.generator,
        "prefetch_factor": loader.prefetch_factor,
        "persistent_workers": loader.persistent_workers,
    }
    return DataLoader(dataset, **{**settings, **changes})
