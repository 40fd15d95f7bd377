"""A language model of one block, with its input and output tables tied."""

import torch
import torch.nn.functional as F
from torch import nn


class LanguageModel(nn.Module):
    def __init__(self, vocab_size=200, width=32):
        super().__init__()
        self.vocab_size = vocab_size
        self.embed = nn.Embedding(vocab_size, width)
        self.mix = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocab_size)
        self.head.weight = self.embed.weight

    def logits(self, ids):
        h = self.embed(ids)
        past = h.cumsum(1) / torch.arange(1, ids.shape[1] + 1)[:, None]
        return self.head(self.norm(h + self.mix(past)))

    def forward(self, ids):
        """Mean loss of the next token."""
        logits = self.logits(ids[:, :-1]).reshape(-1, self.vocab_size)
        return F.cross_entropy(logits, ids[:, 1:].reshape(-1))


def make_optimizer(model):
    tables = [model.embed.weight, model.head.bias]
    taken = {id(p) for p in tables}
    others = [p for p in model.parameters() if id(p) not in taken]
    groups = [
        {"params": others, "weight_decay": 0.1},
        {"params": tables, "weight_decay": 0.0, "lr": 3e-4},
    ]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95))
