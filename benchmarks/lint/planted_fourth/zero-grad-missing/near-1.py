"""Transformer that learns to sort digit strings, Noam learning rate."""
import math

import torch
import torch.nn as nn

torch.manual_seed(4)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

BOS, N_DIGITS, LENGTH = 10, 10, 16
D_MODEL, WARMUP, STEPS = 128, 1000, 12000


class ScheduledOptim:
    """Sets the rate from the step count, applies the update, leaves the parameters ready for the next one."""

    def __init__(self, inner, d_model, warmup, factor=1.0):
        self.inner = inner
        self.d_model, self.warmup, self.factor = d_model, warmup, factor
        self.n = 0

    @property
    def rate(self):
        n = max(self.n, 1)
        return self.factor * self.d_model ** -0.5 * min(n ** -0.5, n * self.warmup ** -1.5)

    def step(self):
        self.n += 1
        for group in self.inner.param_groups:
            group["lr"] = self.rate
        self.inner.step()
        self.inner.zero_grad(set_to_none=True)


class Sorter(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(N_DIGITS + 1, D_MODEL)
        pos = torch.arange(LENGTH + 1).unsqueeze(1)
        freq = torch.exp(torch.arange(0, D_MODEL, 2) * (-math.log(10000.0) / D_MODEL))
        table = torch.zeros(LENGTH + 1, D_MODEL)
        table[:, 0::2], table[:, 1::2] = torch.sin(pos * freq), torch.cos(pos * freq)
        self.register_buffer("pos", table)
        self.core = nn.Transformer(D_MODEL, 4, 2, 2, 4 * D_MODEL, dropout=0.1, batch_first=True, norm_first=True)
        self.out = nn.Linear(D_MODEL, N_DIGITS)

    def encode(self, ids):
        return self.embed(ids) * math.sqrt(D_MODEL) + self.pos[:ids.size(1)]

    def forward(self, src, tgt):
        mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(1), device=tgt.device)
        return self.out(self.core(self.encode(src), self.encode(tgt), tgt_mask=mask, tgt_is_causal=True))


def batches(n, size, seed):
    gen = torch.Generator().manual_seed(seed)
    for _ in range(n):
        src = torch.randint(N_DIGITS, (size, LENGTH), generator=gen).to(device)
        yield src, src.sort(dim=1).values


def shift(tgt):
    return torch.cat([torch.full_like(tgt[:, :1], BOS), tgt[:, :-1]], dim=1)


@torch.no_grad()
def exact_match(model):
    model.eval()
    right, total = torch.zeros((), device=device), 0
    for src, tgt in batches(4, 250, seed=999):
        seq = torch.full((len(src), 1), BOS, device=device)
        for _ in range(LENGTH):
            seq = torch.cat([seq, model(src, seq)[:, -1:].argmax(-1)], dim=1)
        right += (seq[:, 1:] == tgt).all(1).sum()
        total += len(src)
    model.train()
    return right.item() / total


def main():
    model = Sorter().to(device)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
    optimizer = ScheduledOptim(
        torch.optim.Adam(model.parameters(), lr=0.0, betas=(0.9, 0.98), eps=1e-9), D_MODEL, WARMUP, factor=0.5)

    model.train()
    for step, (src, tgt) in enumerate(batches(STEPS, 128, seed=4), 1):
        logits = model(src, shift(tgt))
        loss = criterion(logits.flatten(0, 1), tgt.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 500 == 0:
            print(f"step {step} loss {loss.item():.4f} lr {optimizer.rate:.2e} exact {exact_match(model):.3f}")


if __name__ == "__main__":
    main()
