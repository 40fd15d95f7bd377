"""TextCNN for topic classification; GloVe where available, random vectors for the other words."""
from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

logger = logging.getLogger(__name__)
PAD, UNK = "<pad>", "<unk>"


@dataclass(frozen=True)
class Hparams:
    data_dir: Path = Path("data/arxiv_titles")
    glove: Path | None = None
    dim: int = 100
    n_filters: int = 128
    widths: tuple[int, ...] = (2, 3, 4)
    dropout: float = 0.4
    max_len: int = 48
    batch_size: int = 128
    epochs: int = 12
    lr: float = 1e-3
    seed: int = 2


class Titles(Dataset):
    def __init__(self, path: Path, stoi: dict[str, int], labels: dict[str, int], max_len: int):
        self.rows = [json.loads(r) for r in path.read_text().splitlines()]
        self.stoi, self.labels, self.max_len = stoi, labels, max_len

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        toks = self.rows[i]["title"].lower().split()[: self.max_len]
        ids = [self.stoi.get(t, self.stoi[UNK]) for t in toks]
        ids += [self.stoi[PAD]] * (self.max_len - len(ids))
        return torch.tensor(ids), self.labels[self.rows[i]["topic"]]


def build_vocab(path: Path, min_freq: int = 2) -> tuple[dict[str, int], dict[str, int]]:
    rows = [json.loads(r) for r in path.read_text().splitlines()]
    freq = Counter(t for r in rows for t in r["title"].lower().split())
    itos = [PAD, UNK] + [t for t, c in freq.most_common() if c >= min_freq]
    topics = sorted({r["topic"] for r in rows})
    return {t: i for i, t in enumerate(itos)}, {t: i for i, t in enumerate(topics)}


def initial_vectors(stoi: dict[str, int], dim: int, glove: Path | None) -> torch.Tensor:
    table = torch.randn(len(stoi), dim) * 0.1
    table[stoi[PAD]] = 0.0
    hits = 0
    if glove is not None:
        with glove.open(encoding="utf-8") as f:
            for line in f:
                word, *vec = line.rstrip().split(" ")
                if word in stoi:
                    table[stoi[word]] = torch.tensor([float(v) for v in vec])
                    hits += 1
    logger.info("vectors: %d of %d words found", hits, len(stoi))
    return table


class TextCNN(nn.Module):
    def __init__(self, vectors: torch.Tensor, n_classes: int, hp: Hparams):
        super().__init__()
        self.embed = nn.Embedding.from_pretrained(vectors, padding_idx=0)  # PLANTED
        self.convs = nn.ModuleList(nn.Conv1d(hp.dim, hp.n_filters, w, padding=w // 2) for w in hp.widths)
        self.dropout = nn.Dropout(hp.dropout)
        self.fc = nn.Linear(hp.n_filters * len(hp.widths), n_classes)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.embed(ids).transpose(1, 2)
        pooled = [F.relu(c(x)).amax(dim=-1) for c in self.convs]
        return self.fc(self.dropout(torch.cat(pooled, dim=1)))


@torch.no_grad()
def accuracy(model: nn.Module, loader: DataLoader, device: torch.device) -> float:
    model.eval()
    good = sum((model(x.to(device)).argmax(1).cpu() == y).sum().item() for x, y in loader)
    return good / len(loader.dataset)


def main(hp: Hparams = Hparams()) -> None:
    logging.basicConfig(level=logging.INFO)
    torch.manual_seed(hp.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    stoi, labels = build_vocab(hp.data_dir / "train.jsonl")
    splits = {s: Titles(hp.data_dir / f"{s}.jsonl", stoi, labels, hp.max_len) for s in ("train", "dev")}
    train = DataLoader(splits["train"], hp.batch_size, shuffle=True)
    dev = DataLoader(splits["dev"], hp.batch_size)

    model = TextCNN(initial_vectors(stoi, hp.dim, hp.glove), len(labels), hp).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hp.lr)
    for epoch in range(hp.epochs):
        model.train()
        for step, (ids, y) in enumerate(train):
            loss = F.cross_entropy(model(ids.to(device)), y.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % 100 == 0:
                logger.info("epoch %d step %d loss %.4f", epoch, step, loss.item())
        logger.info("epoch %d dev accuracy %.4f", epoch, accuracy(model, dev, device))
    torch.save(model.state_dict(), "textcnn.pt")


if __name__ == "__main__":
    main()
