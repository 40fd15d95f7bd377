"""A trainer that can be killed at any step and goes on as if it had not been."""

import os
import random

import numpy as np
import torch

from trainer import Trainer


class ResumableTrainer(Trainer):
    """Trains as `Trainer` does, number for number.

    A loader's iterator cannot be stored. It draws the seed of its order from torch's generator at its first batch,
    so the generator's state just before that and the number of batches taken bring it back.
    """

    def __init__(self, seed: int, items: int = 52, batch_size: int = 8) -> None:
        super().__init__(seed, items, batch_size)
        self._taken = 0  # batches taken from self.batches
        self._order_state = torch.get_rng_state()  # before the first of them

    def step(self) -> float:
        if self._taken == len(self.loader):
            # What Trainer.step does when it meets the end, at the same place in the stream of random numbers.
            self.batches, self._taken = iter(self.loader), 0
        if self._taken == 0:
            self._order_state = torch.get_rng_state()
        loss = super().step()
        self._taken += 1
        return loss

    def save(self, path: str) -> None:
        path = os.fspath(path)
        kind, keys, place, has_gauss, gauss = np.random.get_state()
        if kind != "MT19937":
            raise RuntimeError(f"unexpected numpy generator {kind}")
        state = {
            "items": len(self.loader.dataset),
            "batch_size": self.loader.batch_size,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "steps": self.steps,
            "losses": self.losses,
            "best_loss": self.best_loss,
            "best_weights": self.best_weights,
            "taken": self._taken,
            "order_state": self._order_state,
            "torch": torch.get_rng_state(),
            "numpy": [keys.tolist(), int(place), int(has_gauss), float(gauss)],
            "python": random.getstate(),
        }
        # Written beside the old file, which is replaced in one move once the new one is on the disk.
        part = path + ".part"
        with open(part, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def load(self, path: str) -> None:
        state = torch.load(path, weights_only=True)
        ours = (len(self.loader.dataset), self.loader.batch_size)
        if (state["items"], state["batch_size"]) != ours:
            raise ValueError(
                f"saved with {state['items']} items in batches of {state['batch_size']}, "
                f"this trainer has {ours[0]} in batches of {ours[1]}"
            )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.steps, self.losses = state["steps"], state["losses"]
        self.best_loss, self.best_weights = state["best_loss"], state["best_weights"]

        self._taken, self._order_state = state["taken"], state["order_state"]
        self.batches = iter(self.loader)
        torch.set_rng_state(self._order_state)
        for _ in range(self._taken):
            next(self.batches)

        # Last, since all of the above draws numbers too.
        keys, place, has_gauss, gauss = state["numpy"]
        np.random.set_state(("MT19937", np.array(keys, dtype=np.uint32), place, has_gauss, gauss))
        random.setstate(state["python"])
        torch.set_rng_state(state["torch"])
