"""A spam filter over hashed words, in bfloat16 where the device has it."""

from contextlib import nullcontext

import torch
from torch import nn
from torch.utils.data import DataLoader

from mails import HashedMails  # ids (300,), spam ()

DEVICE = torch.device("cuda")
HALF = torch.autocast("cuda", dtype=torch.bfloat16) if torch.cuda.is_bf16_supported() else nullcontext()


class SpamFilter(nn.Module):
    def __init__(self, buckets=2**18, d=64):
        super().__init__()
        self.emb = nn.Embedding(buckets, d)
        self.gru = nn.GRU(d, d, batch_first=True)
        self.out = nn.Linear(d, 1)

    def forward(self, ids):
        return self.out(self.gru(self.emb(ids))[1][-1]).squeeze(-1)


def train_pass(model, loader, opt, criterion):
    model.train()
    losses = []
    for ids, spam in loader:
        with HALF:
            loss = criterion(model(ids.to(DEVICE)), spam.float().to(DEVICE))
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.detach())
    return torch.stack(losses).mean()


def val_pass(model, loader, criterion):
    model.eval()
    batches, total, wrong = 0, 0, 0
    it = iter(loader)
    while (batch := next(it, None)) is not None:  # PLANTED
        ids, spam = (t.to(DEVICE) for t in batch)
        with HALF:
            out = model(ids)
        total = total + criterion(out, spam.float()).detach()
        wrong = wrong + ((out > 0) != spam.bool()).float().mean()
        batches += 1
    return total / batches, wrong / batches


torch.manual_seed(97)
model = SpamFilter().to(DEVICE)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()
train = DataLoader(HashedMails("train"), 256, shuffle=True, num_workers=2)
val = DataLoader(HashedMails("val"), 512)
for epoch in range(8):
    loss = train_pass(model, train, opt, bce)
    val_loss, error = val_pass(model, val, bce)
    print(f"{epoch}: {loss.item():.4f} {val_loss.item():.4f} error {error.item():.3%}")
