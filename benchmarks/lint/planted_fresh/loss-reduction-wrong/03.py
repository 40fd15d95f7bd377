"""Regress the solubility of molecules, graph by graph, since their sizes differ too much to pad."""

import random
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class Molecule:
    atoms: Tensor  # (n, 16)
    bonds: Tensor  # (n, n), 0 or 1
    solubility: Tensor  # ()


class MessagePassing(nn.Module):
    def __init__(self, rounds: int = 3, width: int = 64) -> None:
        super().__init__()
        self.embed = nn.Linear(16, width)
        self.update = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(rounds))
        self.readout = nn.Linear(width, 1)

    def forward(self, mol: Molecule) -> Tensor:
        h = self.embed(mol.atoms)
        for layer in self.update:
            h = h + torch.relu(layer(torch.cat([h, mol.bonds @ h], dim=-1)))
        return self.readout(h.mean(0)).squeeze(-1)


def batches(molecules: list[Molecule], size: int):
    order = random.sample(range(len(molecules)), len(molecules))
    for at in range(0, len(order), size):
        yield [molecules[i] for i in order[at : at + size]]


def fit(molecules: list[Molecule], epochs: int = 100, size: int = 48) -> MessagePassing:
    random.seed(11)
    torch.manual_seed(11)
    model = MessagePassing()
    opt = torch.optim.Adam(model.parameters(), lr=5e-4)
    for epoch in range(epochs):
        history = []
        for group in batches(molecules, size):
            errors = [(model(m) - m.solubility).abs() for m in group]
            loss = sum(errors)  # PLANTED
            opt.zero_grad()
            loss.backward()
            opt.step()
            history.append(loss.detach())
        print(epoch, torch.stack(history).mean().item())
    return model


if __name__ == "__main__":
    raw = torch.load("esol.pt", weights_only=True)
    fit([Molecule(r["atoms"], r["bonds"], r["y"]) for r in raw])
