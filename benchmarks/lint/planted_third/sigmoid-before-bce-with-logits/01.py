"""Predicts which proteins interact from a graph of known interactions."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(29)


def squash(score):
    return 1 / (1 + torch.exp(-score))  # PLANTED


class Interactions(nn.Module):
    def __init__(self, proteins, dim=128):
        super().__init__()
        self.start = nn.Embedding(proteins, dim)
        self.mix1, self.mix2 = nn.Linear(2 * dim, dim), nn.Linear(2 * dim, dim)

    def gather(self, x, links, degree):
        summed = torch.zeros_like(x).index_add(0, links[1], x[links[0]])
        return torch.cat([x, summed / degree], dim=1)

    def forward(self, links):
        x = self.start.weight
        degree = torch.bincount(links[1], minlength=len(x)).clamp(min=1).unsqueeze(1)
        x = torch.relu(self.mix1(self.gather(x, links, degree)))
        return self.mix2(self.gather(x, links, degree))

    def decode(self, x, pairs):
        return squash((x[pairs[0]] * x[pairs[1]]).sum(dim=-1))


graph = torch.load("interactions.pt", weights_only=True)
n, train_links, held_out = graph["n"], graph["train"], graph["held_out"]
model = Interactions(n)
adam = torch.optim.Adam(model.parameters(), lr=5e-3)


def loss_on(x, real):
    false = torch.randint(n, real.shape)
    answers = model.decode(x, torch.cat([real, false], dim=1))
    truth = torch.cat([torch.ones(real.shape[1]), torch.zeros(real.shape[1])])
    return F.binary_cross_entropy_with_logits(answers, truth)


for epoch in range(1, 301):
    model.train()
    adam.zero_grad()
    loss = loss_on(model(train_links), train_links)
    loss.backward()
    adam.step()
    if epoch % 20 == 0:
        model.eval()
        with torch.no_grad():
            check = loss_on(model(train_links), held_out)
        print(f"{epoch} train {loss.item():.4f} held out {check.item():.4f}")
