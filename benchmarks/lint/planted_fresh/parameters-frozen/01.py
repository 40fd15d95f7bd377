"""Named-entity tagger whose GloVe vectors are meant to adapt slowly while the rest learns fast."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

IGNORE = -100


class Tagger(nn.Module):
    def __init__(self, vectors: Tensor, tags: int, hidden: int = 128) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(vectors, padding_idx=0)  # PLANTED
        self.lstm = nn.LSTM(vectors.size(1), hidden, bidirectional=True, batch_first=True)
        self.score = nn.Linear(2 * hidden, tags)

    def forward(self, ids: Tensor) -> Tensor:
        out, _ = self.lstm(self.words(ids))
        return self.score(out)


def collate(pairs):
    ids, tags = zip(*pairs, strict=True)
    return (
        pad_sequence(ids, batch_first=True, padding_value=0),
        pad_sequence(tags, batch_first=True, padding_value=IGNORE),
    )


def main() -> None:
    torch.manual_seed(21)
    corpus = torch.load("conll.pt", weights_only=True)
    glove = torch.load("glove_100d.pt", weights_only=True)
    model = Tagger(glove, tags=9)
    optimizer = torch.optim.Adam(
        [
            {"params": model.words.parameters(), "lr": 1e-4},
            {"params": model.lstm.parameters()},
            {"params": model.score.parameters()},
        ],
        lr=2e-3,
    )
    loader = DataLoader(corpus["train"], batch_size=32, shuffle=True, collate_fn=collate)
    criterion = nn.CrossEntropyLoss(ignore_index=IGNORE)
    for epoch in range(20):
        losses = []
        for ids, tags in loader:
            optimizer.zero_grad()
            loss = criterion(model(ids).flatten(0, 1), tags.flatten())
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        print(f"epoch {epoch}: {torch.stack(losses).mean().item():.4f}")


if __name__ == "__main__":
    main()
