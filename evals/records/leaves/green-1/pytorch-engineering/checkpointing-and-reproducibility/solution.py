"""A trainer that goes on, to the last bit, where a killed one stopped."""

import os
import random

import numpy as np
import torch
from torch.utils.data import Sampler

from trainer import Trainer


class _Recorded(Sampler):
    """Another sampler's indices, with the epoch's order and the place in it known at any time.

    It draws when and what the other would have drawn (lazily, at an epoch's first index).
    """

    def __init__(self, inner) -> None:
        self.inner = inner
        self.order, self.place = None, 0  # of the present epoch; None before the first batch
        self.resumed = False

    def __len__(self) -> int:
        return len(self.inner)

    def __iter__(self):
        if self.resumed:  # the rest of the epoch that was cut, which may be empty
            self.resumed = False
        else:
            self.order, self.place = list(self.inner), 0
        order = self.order
        while self.place < len(order):
            self.place += 1
            yield order[self.place - 1]

    def resume(self, order, place) -> None:
        self.order, self.place, self.resumed = order, place, order is not None


class ResumableTrainer(Trainer):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # The iterator that Trainer has made asks for its sampler at its first batch, so it gets
        # this one; making another iterator here would draw from the global generator.
        self._recorded = _Recorded(self.loader.batch_sampler.sampler)
        self.loader.batch_sampler.sampler = self._recorded

    def _data(self) -> dict:
        return {"items": len(self.loader.dataset), "batch_size": self.loader.batch_size}

    def save(self, path: str) -> None:
        version, words, gauss = random.getstate()
        name, keys, place, has_gauss, cached = np.random.get_state()
        state = {
            "data": self._data(),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "steps": self.steps,
            "losses": self.losses,
            "best_loss": self.best_loss,
            "best_weights": self.best_weights,
            "order": self._recorded.order,
            "place": self._recorded.place,
            "python": [version, list(words), gauss],
            "numpy": [str(name), keys.tolist(), int(place), int(has_gauss), float(cached)],
            "torch": torch.get_rng_state(),
        }
        path = os.path.abspath(path)
        temporary = path + ".tmp"  # the same folder, so that replacing is atomic
        with open(temporary, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def load(self, path: str) -> None:
        state = torch.load(path, weights_only=True)
        if state["data"] != self._data():
            raise ValueError(f"saved with {state['data']}, this trainer has {self._data()}")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.steps, self.losses = state["steps"], state["losses"]
        self.best_loss, self.best_weights = state["best_loss"], state["best_weights"]
        self._recorded.resume(state["order"], state["place"])
        self.batches = iter(self.loader)
        # Last, since what is above draws: the iterator took a seed.
        version, words, gauss = state["python"]
        random.setstate((version, tuple(words), gauss))
        np.random.set_state(tuple(state["numpy"]))
        torch.set_rng_state(state["torch"])
