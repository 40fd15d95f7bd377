"""The dataset draws from numpy's global generator, which torch seeds anew in every worker."""
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Shifted(Dataset):
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return np.roll(self.x[i], np.random.randint(-3, 4), axis=-1), self.y[i]


def loaders(x, y, seed=0):
    torch.manual_seed(seed)
    order = np.random.default_rng(seed).permutation(len(x))
    cut = int(0.9 * len(order))
    train, held = order[:cut], order[cut:]
    return (
        DataLoader(Shifted(x[train], y[train]), batch_size=64, shuffle=True, num_workers=4),
        DataLoader(Shifted(x[held], y[held]), batch_size=256, num_workers=4),
    )
