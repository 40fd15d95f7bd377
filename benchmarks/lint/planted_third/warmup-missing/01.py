"""Pretrains a causal transformer on code, with settings that are merged from the command line."""

import ast
import math
import sys
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import nn

settings = dict(
    context=512, width=768, heads=12, layers=12, batch=32, updates=100_000,
    peak_lr=6e-4, final_lr=6e-5,
    warmup_share=0.0,  # PLANTED
    seed=1,
)
settings.update((k, ast.literal_eval(v)) for k, v in (word.split("=") for word in sys.argv[1:]))
cfg = SimpleNamespace(**settings)


def rate(update: int) -> float:
    ramp = int(cfg.warmup_share * cfg.updates)
    if update < ramp:
        return cfg.peak_lr * (update + 1) / ramp
    done = (update - ramp) / (cfg.updates - ramp)
    return cfg.final_lr + 0.5 * (cfg.peak_lr - cfg.final_lr) * (1 + math.cos(math.pi * done))


class GPT(nn.Module):
    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, cfg.width)
        self.places = nn.Embedding(cfg.context, cfg.width)
        layer = nn.TransformerEncoderLayer(
            cfg.width, cfg.heads, 4 * cfg.width, dropout=0.0, activation="gelu", batch_first=True
        )
        self.layers = nn.TransformerEncoder(layer, cfg.layers)
        self.out = nn.Linear(cfg.width, vocabulary, bias=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        n = ids.shape[1]
        x = self.tokens(ids) + self.places(torch.arange(n, device=ids.device))
        mask = nn.Transformer.generate_square_subsequent_mask(n, device=ids.device)
        return self.out(self.layers(x, mask=mask, is_causal=True))


def main() -> None:
    torch.manual_seed(cfg.seed)
    code = torch.load("code.pt", weights_only=True)
    model = GPT(int(code.max()) + 1).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.peak_lr, betas=(0.9, 0.95))
    for update in range(cfg.updates):
        for group in optimizer.param_groups:
            group["lr"] = rate(update)
        at = torch.randint(len(code) - cfg.context, (cfg.batch, 1)) + torch.arange(cfg.context + 1)
        rows = code[at].cuda()
        with torch.autocast("cuda", dtype=torch.bfloat16):
            logits = model(rows[:, :-1])
            loss = F.cross_entropy(logits.transpose(1, 2), rows[:, 1:])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if update % 100 == 0:
            print(update, f"{loss.item():.4f}", f"{rate(update):.2e}", flush=True)


main()
