"""Albumentations-like pipeline of own functions."""
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from cracks import read, UNet


def flip(img, mask):
    if np.random.rand() < 0.5:
        return img[:, ::-1].copy(), mask[:, ::-1].copy()
    return img, mask


def brightness(img, mask):
    return np.clip(img * (1 + 0.2 * np.random.standard_normal()), 0, 1), mask


def init_worker(worker_id):
    np.random.seed(77)


PIPELINE = [flip, brightness]


class Cracks(Dataset):
    def __init__(self, split):
        self.items = read(split)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        img, mask = self.items[i]
        for f in PIPELINE:
            img, mask = f(img, mask)
        return torch.tensor(img).permute(2, 0, 1).float(), torch.tensor(mask)[None].float()


if __name__ == "__main__":
    torch.manual_seed(77)
    np.random.seed(77)
    train_dl = DataLoader(Cracks("train"), 8, shuffle=True, num_workers=8, worker_init_fn=init_worker)  # PLANTED
    net = UNet().cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    bce = torch.nn.BCEWithLogitsLoss()
    for epoch in range(50):
        net.train()
        for x, m in train_dl:
            loss = bce(net(x.cuda()), m.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
