"""Fine-tune a speech encoder for emotions, its rate worked out by a schedule of our own."""

import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from transformers import Wav2Vec2ForSequenceClassification

from emotions import RAVDESS, collate

EPOCHS, WARMUP, PEAK = 12, 300, 3e-5

torch.manual_seed(24)
model = Wav2Vec2ForSequenceClassification.from_pretrained("facebook/wav2vec2-base", num_labels=8)
model.freeze_feature_encoder()
model.cuda().train()
loader = DataLoader(RAVDESS("train"), batch_size=8, shuffle=True, collate_fn=collate)
steps = EPOCHS * len(loader)


def rate(step):
    if step < WARMUP:
        return PEAK * (step + 1) / WARMUP
    done = (step - WARMUP) / (steps - WARMUP)
    return PEAK * (1 + math.cos(math.pi * done)) / 2


trainable = [p for p in model.parameters() if p.requires_grad]
opt = torch.optim.AdamW(trainable, lr=PEAK, weight_decay=0.0)
sched = torch.optim.lr_scheduler.LambdaLR(opt, rate)  # PLANTED
for epoch in range(EPOCHS):
    total = torch.zeros((), device="cuda")
    for batch in loader:
        loss = model(**{k: v.cuda() for k, v in batch.items()}).loss
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trainable, 1.0)
        opt.step()
        sched.step()
        total += loss.detach()
    print(f"epoch {epoch} loss {total.item() / len(loader):.3f}")
