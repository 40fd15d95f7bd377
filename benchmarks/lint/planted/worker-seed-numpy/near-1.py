"""The dataset keeps a generator, which every worker makes anew from its own seed."""
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, get_worker_info


class Noisy(Dataset):
    def __init__(self, x, y, seed=0):
        self.x, self.y = x, y
        self.rng = np.random.default_rng(seed)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        noise = self.rng.standard_normal(self.x[i].shape).astype("float32")
        return self.x[i] + 0.1 * noise, self.y[i]


def seed_worker(worker_id):
    get_worker_info().dataset.rng = np.random.default_rng(torch.initial_seed() % 2**32)


def make_loader(x, y):
    torch.manual_seed(0)
    return DataLoader(Noisy(x, y), batch_size=32, shuffle=True, num_workers=4, worker_init_fn=seed_worker)
