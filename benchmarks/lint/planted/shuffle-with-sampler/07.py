"""Curriculum: easy samples first, by a sampler over scores."""
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Sampler


class Curriculum(Sampler):
    def __init__(self, difficulty, start=0.3):
        self.order = torch.argsort(difficulty)
        self.share = start

    def grow(self, by=0.1):
        self.share = min(1.0, self.share + by)

    def __len__(self):
        return int(self.share * len(self.order))

    def __iter__(self):
        pool = self.order[: len(self)]
        return iter(pool[torch.randperm(len(pool))].tolist())


def train(model, ds, difficulty, epochs=10):
    torch.manual_seed(6)
    curriculum = Curriculum(difficulty)
    dl = DataLoader(dataset=ds, batch_size=32, num_workers=2, sampler=curriculum, shuffle=True)  # PLANTED
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        for x, y in dl:
            opt.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            opt.step()
        curriculum.grow()
        print(epoch, loss.item())
