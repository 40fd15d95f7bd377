"""Trains a sentence encoder in batches of sentences that are about as long."""

from collections.abc import Iterator
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Sampler


class Alike(Sampler[list[int]]):
    """Batches of neighbours in length, in another order each pass."""

    def __init__(self, lengths: list[int], size: int) -> None:
        self.by_length = sorted(range(len(lengths)), key=lengths.__getitem__)
        self.size = size

    def __len__(self) -> int:
        return -(-len(self.by_length) // self.size)

    def __iter__(self) -> Iterator[list[int]]:
        for k in torch.randperm(len(self)).tolist():
            yield self.by_length[k * self.size : (k + 1) * self.size]


class Encoder(nn.Module):
    def __init__(self, words: int, dim: int = 300) -> None:
        super().__init__()
        self.embed = nn.EmbeddingBag(words, dim, padding_idx=0)
        self.project = nn.Sequential(nn.Linear(dim, dim), nn.Tanh(), nn.Linear(dim, dim))

    def forward(self, ids: Tensor) -> Tensor:
        return F.normalize(self.project(self.embed(ids)))


def padded(pairs: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, ...]:
    return tuple(pad_sequence(side, batch_first=True) for side in zip(*pairs))


TrainLoader = partial(DataLoader, shuffle=True, num_workers=2, collate_fn=padded)


def main() -> None:
    torch.manual_seed(27)
    pairs = torch.load("paraphrases.pt", weights_only=True)
    batches = Alike([len(first) for first, _ in pairs], size=128)
    loader = TrainLoader(pairs, batch_sampler=batches)  # PLANTED
    encoder = Encoder(50_000)
    optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-3)
    for epoch in range(10):
        encoder.train()
        for step, (one, other) in enumerate(loader):
            similar = encoder(one) @ encoder(other).T / 0.05
            loss = F.cross_entropy(similar, torch.arange(len(similar)))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % 100 == 0:
                print(f"{epoch}.{step}: {loss.item():.4f}")


if __name__ == "__main__":
    main()
