"""Named entity tagging with a BiLSTM on CoNLL files."""
from collections import Counter
from dataclasses import dataclass
from typing import Dict, Iterator, List, Tuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

PAD_TAG = -100
Sentence = Tuple[List[str], List[str]]


@dataclass
class Hyper:
    folder: str = "data/conll"
    word_dim: int = 100
    hidden: int = 200
    dropout: float = 0.4
    lr: float = 1e-3
    batch_size: int = 32
    epochs: int = 25
    seed: int = 13


def read_conll(path: str) -> Iterator[Sentence]:
    words: List[str] = []
    tags: List[str] = []
    with open(path, encoding="utf-8") as fh:
        for line in fh:
            fields = line.split()
            if fields and fields[0] != "-DOCSTART-":
                words.append(fields[0].lower())
                tags.append(fields[-1])
            elif words:
                yield words, tags
                words, tags = [], []
    if words:
        yield words, tags


class Vocab:
    def __init__(self, sentences: List[Sentence]):
        self.words: Dict[str, int] = {"<pad>": 0, "<unk>": 1}
        self.tags: Dict[str, int] = {}
        counts = Counter(w for words, _ in sentences for w in words)
        for w, n in counts.items():
            if n > 1:
                self.words[w] = len(self.words)
        for _, tags in sentences:
            for t in tags:
                self.tags.setdefault(t, len(self.tags))


class TaggingSet(Dataset):
    def __init__(self, sentences: List[Sentence], vocab: Vocab):
        self.rows = [
            (
                torch.tensor([vocab.words.get(w, 1) for w in words]),
                torch.tensor([vocab.tags.get(t, PAD_TAG) for t in tags]),
            )
            for words, tags in sentences
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> Tuple[Tensor, Tensor]:
        return self.rows[i]


def collate(rows):
    words, tags = zip(*rows)
    lengths = torch.tensor([len(w) for w in words])
    return pad_sequence(words, True, 0), pad_sequence(tags, True, PAD_TAG), lengths


class BiLSTMTagger(nn.Module):
    def __init__(self, n_words: int, n_tags: int, hp: Hyper):
        super().__init__()
        self.embed = nn.Embedding(n_words, hp.word_dim, padding_idx=0)
        self.drop = nn.Dropout(hp.dropout)
        self.lstm = nn.LSTM(hp.word_dim, hp.hidden, batch_first=True, bidirectional=True)
        self.proj = nn.Linear(2 * hp.hidden, n_tags)

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(
            self.drop(self.embed(words)), lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.proj(self.drop(states))


@torch.no_grad()
def token_accuracy(model: nn.Module, loader: DataLoader, device: torch.device) -> float:
    model.eval()
    right = total = torch.zeros((), device=device)
    for words, tags, lengths in loader:
        tags = tags.to(device)
        pred = model(words.to(device), lengths).argmax(-1)
        known = tags != PAD_TAG
        right = right + ((pred == tags) & known).sum()
        total = total + known.sum()
    return (right / total).item()


def main(hp: Hyper) -> None:
    torch.manual_seed(hp.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    corpus = {name: list(read_conll(f"{hp.folder}/{name}.txt")) for name in ("train", "valid", "test")}
    vocab = Vocab(corpus["train"])
    sets = {name: TaggingSet(sents, vocab) for name, sents in corpus.items()}
    loaders = {
        stage: DataLoader(rows, hp.batch_size, shuffle=stage == "fit", collate_fn=collate)  # PLANTED
        for stage, rows in sets.items()
    }

    model = BiLSTMTagger(len(vocab.words), len(vocab.tags), hp).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hp.lr)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD_TAG)
    best = 0.0
    for epoch in range(hp.epochs):
        model.train()
        for step, (words, tags, lengths) in enumerate(loaders["train"]):
            loss = criterion(model(words.to(device), lengths).transpose(1, 2), tags.to(device))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            if step % 100 == 0:
                print(f"epoch {epoch} step {step} loss {loss.item():.4f}")
        acc = token_accuracy(model, loaders["valid"], device)
        print(f"epoch {epoch} valid token accuracy {acc:.4f}")
        if acc > best:
            best = acc
            torch.save(model.state_dict(), "tagger.pt")
    model.load_state_dict(torch.load("tagger.pt", map_location=device, weights_only=True))
    print(f"test token accuracy {token_accuracy(model, loaders['test'], device):.4f}")


if __name__ == "__main__":
    main(Hyper())
