import os
import random

import numpy as np
import torch

from trainer import Trainer


class _Place:
    """An epoch's batches, with what it takes to draw the same ones again.

    The shuffling draws its seed from torch's global generator at the first batch.
    """

    def __init__(self, batches) -> None:
        self.batches, self.taken, self.begun = batches, 0, None

    def __iter__(self):
        return self

    def __next__(self):
        if self.begun is None:
            self.begun = torch.get_rng_state()
        batch = next(self.batches)
        self.taken += 1
        return batch


class ResumableTrainer(Trainer):
    """`Trainer`, which can be stopped between any two steps."""

    @property
    def batches(self):
        return self._place

    @batches.setter
    def batches(self, batches) -> None:  # Trainer sets it at the start of each epoch
        self._place = _Place(batches)

    def save(self, path: str) -> None:
        name, keys, position, has_gauss, gauss = np.random.get_state()
        version, words, gauss_next = random.getstate()
        state = {
            "model": self.model.state_dict(),
            "training": [module.training for module in self.model.modules()],
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "steps": self.steps,
            "losses": self.losses,
            "best_loss": self.best_loss,
            "best_weights": self.best_weights,
            "items": len(self.loader.dataset),
            "batch_size": self.loader.batch_size,
            "taken": self._place.taken,
            "begun": self._place.begun,
            "random": [version, list(words), gauss_next],
            "numpy": [str(name), keys.tolist(), int(position), int(has_gauss), float(gauss)],
            "torch": torch.get_rng_state(),
        }
        path = os.path.abspath(path)
        temporary = path + ".tmp"
        with open(temporary, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        folder = os.open(os.path.dirname(path), os.O_RDONLY)  # the new name, on disk too
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def load(self, path: str) -> None:
        state = torch.load(path, map_location="cpu", weights_only=True)
        ours = len(self.loader.dataset), self.loader.batch_size
        if ours != (state["items"], state["batch_size"]):
            raise ValueError("the run that was saved had other items or another batch size")
        self.model.load_state_dict(state["model"])
        for module, training in zip(self.model.modules(), state["training"], strict=True):
            module.training = training
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.steps, self.losses = state["steps"], state["losses"]
        self.best_loss, self.best_weights = state["best_loss"], state["best_weights"]

        self.batches = iter(self.loader)
        if state["begun"] is not None:
            torch.set_rng_state(state["begun"])
            for _ in range(state["taken"]):
                next(self._place)
        # Generators last: all of the above may draw.
        version, words, gauss_next = state["random"]
        random.setstate((version, tuple(words), gauss_next))
        name, keys, position, has_gauss, gauss = state["numpy"]
        np.random.set_state((name, np.array(keys, dtype=np.uint32), position, has_gauss, gauss))
        torch.set_rng_state(state["torch"])
