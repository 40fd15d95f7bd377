"""Sentiment from GloVe vectors: known words start from their vectors, the rest at random."""

from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader

from reviews import PAD, IMDB, collate


def read_glove(path: Path) -> dict[str, torch.Tensor]:
    vectors = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            word, *numbers = line.split(" ")
            vectors[word] = torch.tensor([float(n) for n in numbers])
    return vectors


class Sentiment(nn.Module):
    def __init__(self, vocabulary: dict[str, int], glove: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.embed = nn.Embedding(len(vocabulary), 100, padding_idx=PAD)
        for word, row in vocabulary.items():
            if word in glove:
                self.embed.weight[row] = glove[word]  # PLANTED
        self.convs = nn.ModuleList([nn.Conv1d(100, 64, width) for width in (3, 4, 5)])
        self.out = nn.Sequential(nn.Dropout(0.5), nn.Linear(192, 1))

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        x = self.embed(words).transpose(1, 2)
        pooled = [conv(x).relu().amax(dim=-1) for conv in self.convs]
        return self.out(torch.cat(pooled, dim=1)).squeeze(1)


def main() -> None:
    torch.manual_seed(50)
    reviews = IMDB("train")
    net = Sentiment(reviews.vocabulary, read_glove(Path("glove.6B.100d.txt"))).cuda().train()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    loader = DataLoader(reviews, batch_size=64, shuffle=True, collate_fn=collate)
    for epoch in range(8):
        for i, (words, liked) in enumerate(loader):
            loss = nn.functional.binary_cross_entropy_with_logits(net(words.cuda()), liked.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
            if i % 100 == 0:
                print(f"epoch {epoch} batch {i} loss {loss.item():.4f}")


main()
