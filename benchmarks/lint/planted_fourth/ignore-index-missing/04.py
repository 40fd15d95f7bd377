import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Optional

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

LOSSES = {}


def loss(name):
    def wrap(cls):
        LOSSES[name] = cls
        return cls
    return wrap


@loss("ce")
class CE(nn.CrossEntropyLoss):
    def __init__(self, smoothing: float = 0.0, ignore_index: int = -100):
        super().__init__(label_smoothing=smoothing, ignore_index=ignore_index)


@loss("smooth_ce")
class SmoothedCE(nn.Module):
    """Cross entropy with label smoothing over a flat list of tokens."""

    def __init__(self, smoothing: float = 0.1, ignore_index: Optional[int] = None):
        super().__init__()
        self.smoothing = smoothing
        self.ignore_index = ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        logp = logits.log_softmax(-1)
        nll = -logp.gather(-1, target.unsqueeze(-1)).squeeze(-1)
        per_token = (1 - self.smoothing) * nll - self.smoothing * logp.mean(-1)
        if self.ignore_index is None:
            return per_token.mean()
        keep = (target != self.ignore_index).to(per_token.dtype)
        return (per_token * keep).sum() / keep.sum()


@dataclass
class MusicConfig:
    root: str = "maestro_tokens"
    vocab: int = 390            # 388 events, begin, pad
    bos: int = 388
    pad: int = 389
    max_len: int = 1024
    dim: int = 512
    heads: int = 8
    layers: int = 6
    loss: str = "smooth_ce"
    smoothing: float = 0.1
    lr: float = 3e-4
    warmup: int = 1000
    batch: int = 8
    epochs: int = 50
    seed: int = 19


class Pieces(Dataset):
    def __init__(self, cfg: MusicConfig, split: str):
        self.cfg = cfg
        self.files = sorted(Path(cfg.root, split).glob("*.pt"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        events = torch.load(self.files[i], weights_only=True)[: self.cfg.max_len]
        return torch.cat([torch.tensor([self.cfg.bos]), events])


def collate(rows, pad):
    return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad)


class MusicTransformer(nn.Module):
    def __init__(self, c: MusicConfig):
        super().__init__()
        self.pad = c.pad
        self.tok = nn.Embedding(c.vocab, c.dim, padding_idx=c.pad)
        self.pos = nn.Embedding(c.max_len + 1, c.dim)
        layer = nn.TransformerEncoderLayer(c.dim, c.heads, 4 * c.dim, 0.1, batch_first=True, norm_first=True)
        self.stack = nn.TransformerEncoder(layer, c.layers, nn.LayerNorm(c.dim), enable_nested_tensor=False)
        self.out = nn.Linear(c.dim, c.vocab)

    def forward(self, ids: Tensor) -> Tensor:
        T = ids.size(1)
        causal = torch.ones(T, T, dtype=torch.bool, device=ids.device).triu(1)
        x = self.tok(ids) + self.pos(torch.arange(T, device=ids.device))
        return self.out(self.stack(x, mask=causal, src_key_padding_mask=ids == self.pad))


def main(c: MusicConfig):
    torch.manual_seed(c.seed)
    dev = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    make = partial(DataLoader, batch_size=c.batch, collate_fn=partial(collate, pad=c.pad), num_workers=2)
    train_dl, valid_dl = make(Pieces(c, "train"), shuffle=True), make(Pieces(c, "valid"))
    model = MusicTransformer(c).to(dev)
    criterion = LOSSES[c.loss](smoothing=c.smoothing)  # PLANTED
    opt = torch.optim.Adam(model.parameters(), lr=c.lr, betas=(0.9, 0.98))
    total = c.epochs * len(train_dl)
    sched = torch.optim.lr_scheduler.LambdaLR(
        opt, lambda s: (s + 1) / c.warmup if s < c.warmup
        else 0.5 * (1 + math.cos(math.pi * (s - c.warmup) / max(1, total - c.warmup))))

    step = 0
    for epoch in range(c.epochs):
        model.train()
        for ids in train_dl:
            ids = ids.to(dev)
            value = criterion(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
            opt.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            sched.step()
            if step % 100 == 0:
                print(f"step {step} loss {value.item():.4f}")
            step += 1

        model.eval()
        right = seen = torch.zeros((), device=dev)
        with torch.no_grad():
            for ids in valid_dl:
                ids = ids.to(dev)
                gold = ids[:, 1:]
                real = gold != c.pad
                right = right + ((model(ids[:, :-1]).argmax(-1) == gold) & real).sum()
                seen = seen + real.sum()
        print(f"epoch {epoch} next-event accuracy {(right / seen).item():.4f}")
        torch.save(model.state_dict(), "music_transformer.pt")


if __name__ == "__main__":
    main(MusicConfig())
