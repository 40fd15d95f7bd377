"""A trainer that saves all random states and skips the batches it has seen."""

import os
import random

import numpy as np
import torch
from trainer import Trainer


class ResumableTrainer(Trainer):
    """Trainer with save and load."""

    def save(self, path):
        """Write to a file beside it, then take its place."""
        name, keys, *rest = np.random.get_state()
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "torch": torch.get_rng_state(),
            "numpy": [name, keys.tolist(), *rest],
            "python": random.getstate(),
            "plain": [self.steps, self.losses, self.best_loss, self.best_weights],
        }
        torch.save(state, f"{path}.part")
        os.replace(f"{path}.part", path)

    def load(self, path):
        """Take everything back."""
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.steps, self.losses, self.best_loss, self.best_weights = state["plain"]
        torch.set_rng_state(state["torch"])
        np.random.set_state(tuple(state["numpy"]))
        random.setstate(state["python"])
        self.batches = iter(self.loader)
        for _ in range(self.steps % len(self.loader)):
            next(self.batches)
