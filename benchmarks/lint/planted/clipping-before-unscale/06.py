"""RNN transducer with per-group clipping."""
import torch
from torch import nn

from rnnt import Encoder, Predictor, Joiner, rnnt_loss, batches

torch.manual_seed(12)
enc, pred, join = Encoder().cuda(), Predictor().cuda(), Joiner().cuda()
groups = [{"params": enc.parameters(), "lr": 3e-4}, {"params": [*pred.parameters(), *join.parameters()], "lr": 1e-3}]
adam = torch.optim.Adam(groups)
scaler = torch.amp.GradScaler()
LIMITS = {enc: 5.0, pred: 1.0, join: 1.0}

for step, (wav, text, tl, ul) in enumerate(batches("train")):
    for m in LIMITS:
        m.train()
    adam.zero_grad()
    with torch.autocast("cuda"):
        logits = join(enc(wav.cuda()), pred(text.cuda()))
    loss = rnnt_loss(logits.float(), text.cuda(), tl, ul)
    scaler.scale(loss).backward()
    for module, limit in LIMITS.items():
        nn.utils.clip_grad_norm_(module.parameters(), limit)  # PLANTED
    scaler.step(adam)
    scaler.update()
    if step % 50 == 0:
        print("step", step, "rnnt", loss.item())
