from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

log = logging.getLogger("translit")
PAD, BOS, EOS = 0, 1, 2


@dataclass
class Settings:
    pairs: Path = Path("data/translit.tsv")
    hidden: int = 256
    embed: int = 128
    batch_size: int = 128
    epochs: int = 25
    lr: float = 1e-3
    max_norm: float = 1.0
    log_interval: int = 100
    seed: int = 77


class Vocab:
    def __init__(self, words: list[str]) -> None:
        self.itos = ["<pad>", "<s>", "</s>", "<unk>"] + sorted({c for w in words for c in w})
        self.stoi = {c: i for i, c in enumerate(self.itos)}

    def encode(self, word: str) -> Tensor:
        return torch.tensor([BOS, *(self.stoi.get(c, 3) for c in word), EOS])

    def __len__(self) -> int:
        return len(self.itos)


class Seq2Seq(nn.Module):
    def __init__(self, n_src: int, n_tgt: int, s: Settings) -> None:
        super().__init__()
        self.src_embed = nn.Embedding(n_src, s.embed, padding_idx=PAD)
        self.tgt_embed = nn.Embedding(n_tgt, s.embed, padding_idx=PAD)
        self.encoder = nn.GRU(s.embed, s.hidden, batch_first=True)
        self.decoder = nn.GRU(s.embed, s.hidden, batch_first=True)
        self.out = nn.Linear(s.hidden, n_tgt)

    def forward(self, src: Tensor, src_len: Tensor, tgt_in: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.src_embed(src), src_len.cpu(), batch_first=True, enforce_sorted=False)
        _, state = self.encoder(packed)
        hidden, _ = self.decoder(self.tgt_embed(tgt_in), state)
        return self.out(hidden)


class Learner:
    def __init__(self, model: nn.Module, settings: Settings) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.to(self.device)
        self.s = settings
        self.criterion = nn.CrossEntropyLoss(ignore_index=PAD)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=settings.lr)
        self.global_step = 0

    def compute_loss(self, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        src, src_len, tgt = batch
        src, tgt = src.to(self.device), tgt.to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            logits = self.model(src, src_len, tgt[:, :-1])
        return self.criterion(logits.float().flatten(0, 1), tgt[:, 1:].flatten())

    def apply_update(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)  # PLANTED
        nn.utils.clip_grad_norm_(self.model.parameters(), self.s.max_norm)
        self.optimizer.step()
        self.global_step += 1

    def train_epoch(self, loader: DataLoader) -> None:
        self.model.train()
        for batch in loader:
            loss = self.compute_loss(batch)
            loss.backward()
            self.apply_update()
            if self.global_step % self.s.log_interval == 0:
                log.info("step %d loss %.4f", self.global_step, loss.item())

    @torch.no_grad()
    def validate(self, loader: DataLoader) -> float:
        self.model.eval()
        return torch.stack([self.compute_loss(b) for b in loader]).mean().item()

    def fit(self, train: DataLoader, val: DataLoader) -> None:
        for epoch in range(1, self.s.epochs + 1):
            self.train_epoch(train)
            log.info("epoch %d val loss %.4f", epoch, self.validate(val))


def collate(pairs: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor, Tensor]:
    src, tgt = zip(*pairs)
    lengths = torch.tensor([len(t) for t in src])
    return (pad_sequence(src, batch_first=True, padding_value=PAD), lengths,
            pad_sequence(tgt, batch_first=True, padding_value=PAD))


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    s = Settings()
    random.seed(s.seed)
    torch.manual_seed(s.seed)
    rows = [line.split("\t") for line in s.pairs.read_text(encoding="utf-8").splitlines()]
    random.shuffle(rows)
    cut = int(0.9 * len(rows))
    src_vocab, tgt_vocab = Vocab([r[0] for r in rows[:cut]]), Vocab([r[1] for r in rows[:cut]])
    encoded = [(src_vocab.encode(a), tgt_vocab.encode(b)) for a, b in rows]
    train = DataLoader(encoded[:cut], s.batch_size, shuffle=True, collate_fn=collate)
    val = DataLoader(encoded[cut:], s.batch_size, collate_fn=collate)
    Learner(Seq2Seq(len(src_vocab), len(tgt_vocab), s), s).fit(train, val)


if __name__ == "__main__":
    main()
