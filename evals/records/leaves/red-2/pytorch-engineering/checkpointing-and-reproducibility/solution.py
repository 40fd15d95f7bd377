import contextlib
import os
import random

import numpy as np
import torch

from trainer import Trainer


class _Loader:
    """The loader itself, but its iterators remember how to get back to where they are."""

    def __init__(self, loader):
        self._loader = loader

    def __getattr__(self, name):
        if name == "_loader":
            raise AttributeError(name)
        return getattr(self._loader, name)

    def __len__(self):
        return len(self._loader)

    def __iter__(self):
        return _Batches(iter(self._loader))


class _Batches:
    """One epoch; `start` is torch's generator as it was when the sampler drew its order from it."""

    def __init__(self, inner, start=None, taken=0):
        self.inner, self.start, self.taken = inner, start, taken

    def __iter__(self):
        return self

    def __next__(self):
        if self.start is None:
            self.start = torch.get_rng_state()
        batch = next(self.inner)
        self.taken += 1
        return batch


def _rest_of_epoch(loader, start, taken):
    """The epoch from batch `taken` on, without reading the batches before it again.

    Changes torch's generator; the caller sets it afterwards.
    """
    places = iter(loader.batch_sampler)
    if start is not None:
        torch.set_rng_state(start)
        for _ in range(taken):
            next(places)
    fetched = (loader.collate_fn([loader.dataset[i] for i in batch]) for batch in places)
    return _Batches(fetched, start, taken)


class ResumableTrainer(Trainer):
    """`Trainer`, number for number, that can be saved between any two steps and gone on with."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # wraps what is there already; a second iter() would draw from the generator once more
        self.loader = _Loader(self.loader)
        self.batches = _Batches(self.batches)

    def save(self, path: str) -> None:
        kind, keys, place, has_gauss, gauss = np.random.get_state()
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "steps": self.steps,
            "losses": self.losses,
            "best_loss": self.best_loss,
            "best_weights": self.best_weights,
            "epoch_start": self.batches.start,
            "epoch_taken": self.batches.taken,
            "torch": torch.get_rng_state(),
            "python": random.getstate(),
            "numpy": (kind, [int(key) for key in keys], int(place), int(has_gauss), float(gauss)),
        }
        path = os.fspath(path)
        partial = f"{path}.tmp"  # what a killed save leaves is written over by the next
        try:
            with open(partial, "wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)  # all or nothing
        except BaseException:
            with contextlib.suppress(OSError):
                os.remove(partial)
            raise
        with contextlib.suppress(OSError):  # the new name too shall outlast a crash of the machine
            folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def load(self, path: str) -> None:
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.steps, self.losses = state["steps"], list(state["losses"])
        self.best_loss, self.best_weights = state["best_loss"], state["best_weights"]
        self.batches = _rest_of_epoch(self.loader, state["epoch_start"], state["epoch_taken"])
        # last, as the above draws numbers
        kind, keys, place, has_gauss, gauss = state["numpy"]
        np.random.set_state((kind, np.array(keys, dtype=np.uint32), place, has_gauss, gauss))
        version, words, gauss_next = state["python"]
        random.setstate((version, tuple(words), gauss_next))
        torch.set_rng_state(state["torch"])
