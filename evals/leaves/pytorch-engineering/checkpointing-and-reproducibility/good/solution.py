"""A trainer that goes on exactly where it was stopped."""

import os
import random

import numpy as np
import torch
from trainer import Trainer


def random_states():
    """Of all three generators, as tensors and plain numbers."""
    name, keys, place, has_gauss, gauss = np.random.get_state()
    version, internal, next_gauss = random.getstate()
    return {
        "torch": torch.get_rng_state(),
        "numpy": [name, keys.tolist(), place, has_gauss, gauss],
        "python": [version, list(internal), next_gauss],
    }


def set_random_states(states):
    """Put them back."""
    torch.set_rng_state(states["torch"])
    np.random.set_state(tuple(states["numpy"]))
    version, internal, next_gauss = states["python"]
    random.setstate((version, tuple(internal), next_gauss))


class NotedLoader:
    """Notes the random states from which each epoch's order was drawn, and the batches taken."""

    def __init__(self, loader):
        self.loader = loader

    def __iter__(self):
        self.start, self.taken = random_states(), 0
        return self._counted(iter(self.loader))

    def _counted(self, batches):
        for batch in batches:
            self.taken += 1
            yield batch


class ResumableTrainer(Trainer):
    """Trainer with save and load."""

    def __init__(self, seed, items=52, batch_size=8):
        super().__init__(seed, items, batch_size)
        # The first epoch was drawn after the model: draw it again from the same states.
        self.loader = NotedLoader(self.loader)
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        twin = [torch.nn.Linear(6, 16), torch.nn.Linear(16, 2)]
        del twin
        self.batches = iter(self.loader)

    def save(self, path):
        """Write to a file beside it, then take its place."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "epoch_start": self.loader.start,
            "taken": self.loader.taken,
            "now": random_states(),
            "plain": [self.steps, list(self.losses), self.best_loss, self.best_weights],
        }
        with open(f"{path}.part", "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(f"{path}.part", path)

    def load(self, path):
        """Take everything back; the random states last, since skipping batches uses them up."""
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.steps, self.losses, self.best_loss, self.best_weights = state["plain"]
        set_random_states(state["epoch_start"])
        self.batches = iter(self.loader)
        self.loader.start = state["epoch_start"]
        for _ in range(state["taken"]):
            next(self.batches)
        set_random_states(state["now"])
