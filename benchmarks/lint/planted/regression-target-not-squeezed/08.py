"""Satellite yield maps: one number an image, accelerate."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Fields(Dataset):
    def __init__(self, tiles, tonnes):
        self.tiles, self.tonnes = tiles, tonnes

    def __len__(self):
        return len(self.tiles)

    def __getitem__(self, i):
        return torch.as_tensor(self.tiles[i]).float(), torch.tensor(float(self.tonnes[i]))


def main(tiles, tonnes):
    set_seed(31)
    acc = Accelerator()
    net = nn.Sequential(nn.Conv2d(12, 32, 3, 2), nn.ReLU(), nn.Conv2d(32, 64, 3, 2), nn.ReLU(),
                        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 1))
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    dl = DataLoader(Fields(tiles, tonnes), batch_size=32, shuffle=True)
    net, opt, dl = acc.prepare(net, opt, dl)
    for epoch in range(40):
        net.train()
        for x, t in dl:
            opt.zero_grad()
            out = net(x)
            loss = nn.functional.mse_loss(out, t)  # PLANTED
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item())
