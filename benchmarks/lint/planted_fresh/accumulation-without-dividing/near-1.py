"""Train a translation model whose updates gather tokens from eight sentence batches."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from wmt import PAD, Seq2Seq, WMTPairs, collate

torch.manual_seed(17)
model = Seq2Seq(vocab=32_000, dim=512).cuda()
criterion = nn.CrossEntropyLoss(ignore_index=PAD, reduction="sum")
optimizer = torch.optim.Adam(model.parameters(), lr=7e-4, betas=(0.9, 0.98), eps=1e-9)
schedule = torch.optim.lr_scheduler.LambdaLR(
    optimizer, lambda n: min((n + 1) / 4000, (4000 / (n + 1)) ** 0.5)
)
loader = DataLoader(WMTPairs("train.en-de"), batch_size=64, shuffle=True, collate_fn=collate)

model.train()
tokens, nats, update = 0, torch.zeros((), device="cuda"), 0
optimizer.zero_grad()
for epoch in range(12):
    for i, (src, tgt) in enumerate(loader, start=1):
        src, tgt = src.cuda(), tgt.cuda()
        logits = model(src, tgt[:, :-1])
        loss = criterion(logits.flatten(0, 1), tgt[:, 1:].flatten())
        loss.backward()
        nats += loss.detach()
        tokens = tokens + (tgt[:, 1:] != PAD).sum()
        if i % 8 != 0:
            continue
        for p in model.parameters():
            if p.grad is not None:
                p.grad.div_(tokens)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        update += 1
        if update % 200 == 0:
            print(f"epoch {epoch} update {update} nats/token {(nats / tokens).item():.3f}")
        tokens, nats = 0, torch.zeros((), device="cuda")
