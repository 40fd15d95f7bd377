"""Accumulate gradients over micro-batches of a translation model."""
import torch

from nmt import Seq2Seq, bucketed_batches, PAD

ACCUM = 8
torch.manual_seed(5)
model = Seq2Seq(src_vocab=32000, tgt_vocab=32000).cuda()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-4, betas=(0.9, 0.98), eps=1e-9)
warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=4000)
criterion = torch.nn.CrossEntropyLoss(ignore_index=PAD)

model.train()
optimizer.zero_grad()
for i, (src, tgt) in enumerate(bucketed_batches("train", tokens=4096)):
    logits = model(src.cuda(), tgt[:, :-1].cuda())
    loss = criterion(logits.flatten(0, 1), tgt[:, 1:].flatten().cuda()) / ACCUM
    loss.backward()
    if (i + 1) % ACCUM == 0:
        optimizer.zero_grad()  # PLANTED
        optimizer.step()
        warmup.step()
    if i % 400 == 0:
        print("update", i // ACCUM, "loss", loss.item() * ACCUM)
