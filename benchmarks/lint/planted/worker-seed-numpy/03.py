"""Mixup partners drawn with numpy inside the dataset."""
import torch
import torch.nn.functional as F
from numpy import random as npr
from torch.utils import data

RNG = npr.default_rng(4)


class MixupDataset(data.Dataset):
    def __init__(self, base, classes, alpha=0.4):
        self.base, self.classes, self.alpha = base, classes, alpha

    def __len__(self):
        return len(self.base)

    def __getitem__(self, i):
        x, y = self.base[i]
        x2, y2 = self.base[RNG.integers(len(self.base))]
        lam = float(RNG.beta(self.alpha, self.alpha))
        t = lam * F.one_hot(torch.tensor(y), self.classes) + (1 - lam) * F.one_hot(torch.tensor(y2), self.classes)
        return lam * x + (1 - lam) * x2, t


def train(base, model, classes, epochs=30):
    torch.manual_seed(4)
    dl = data.DataLoader(MixupDataset(base, classes), 128, True, num_workers=6)  # PLANTED
    opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(epochs):
        model.train()
        for x, t in dl:
            loss = F.cross_entropy(model(x), t)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
