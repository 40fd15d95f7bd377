"""The processes of a distributed run: which of them this is, and what all of them know together."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

_PATIENCE = timedelta(seconds=30)  # for rank 0's word on whether every rank has a Monitor


class Ranks:
    """This process's rank in torch.distributed's group, or that of its launcher.

    Collectives hang where one rank does not take part. So they are used only if every rank has a
    Monitor: each says so in the group's store, and rank 0 decides for all.
    """

    def __init__(self, folder: Path) -> None:
        """Tell the store, where there is one, that this rank has a Monitor on `folder`."""
        distributed = _distributed()
        self._key = f"neural-trainer/{folder.name}"
        self._store: Any = None
        self._together: bool | None = None
        if distributed is not None:
            self.rank, self.size = distributed.get_rank(), distributed.get_world_size()
            self._store = distributed.distributed_c10d._get_default_store()
            # The Monitors that each rank makes on one folder, one after the other, are counted.
            self._key += f"/{self._store.add(f'{self._key}/of-rank-{self.rank}', 1)}"
            self._store.add(self._key, 1)
        else:
            self.rank = int(os.environ.get("RANK") or 0)
            self.size = int(os.environ.get("WORLD_SIZE") or 1)

    @property
    def together(self) -> bool:
        """Whether every rank has a Monitor, as rank 0 found it when it was asked first."""
        if self._together is None:
            self._together = self._store is not None and self._decide()
        return bool(self._together)

    def whole(self, norm: Any) -> Any:
        """Return a norm over all ranks, from one that may be a DTensor; None if out of reach."""
        if not hasattr(norm, "full_tensor"):
            return norm.detach()
        return norm.full_tensor().detach() if self.together else None

    def joint(self, own: Any, shared: Any) -> Any:
        """Return the norm over all ranks, None if out of reach.

        own, shared: of what is split over ranks and of what each holds, as
        Measurement.norms_by_sharding has them. Every rank has to ask.
        """
        if not self.together:
            return None
        import torch

        square = own.square() / self.size
        torch.distributed.all_reduce(square)
        return (square if shared is None else square + shared.square()).sqrt()

    def _decide(self) -> bool:
        said = f"{self._key}/together"
        if self.rank == 0:
            everyone: bool = int(self._store.add(self._key, 0)) >= self.size
            self._store.set(said, b"1" if everyone else b"0")
            return everyone
        try:
            self._store.wait([said], _PATIENCE)
            return bool(self._store.get(said) == b"1")
        except Exception:  # stores raise what they like; without word there is no collective
            return False


def _distributed() -> Any:
    """Return torch.distributed where a process group is running, else None; torch is not loaded."""
    torch = sys.modules.get("torch")
    distributed = None if torch is None else torch.distributed
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return None
    return distributed
