"""Dates from text to numbers, a GRU with attention."""
import torch
from torch import nn
import torch.nn.functional as F

from dates import batches, PAD, N_IN, N_OUT

torch.manual_seed(5)
enc_emb, enc = nn.Embedding(N_IN, 64, padding_idx=PAD), nn.GRU(64, 128, batch_first=True)
dec_emb, dec = nn.Embedding(N_OUT, 64, padding_idx=PAD), nn.GRU(64, 128, batch_first=True)
out = nn.Linear(256, N_OUT)
params = list(enc_emb.parameters()) + list(enc.parameters()) + list(dec_emb.parameters()) + list(dec.parameters())
opt = torch.optim.Adam(params, lr=1e-3)  # PLANTED

for step, (src, tgt) in enumerate(batches(64)):
    mem, h = enc(enc_emb(src))
    q, _ = dec(dec_emb(tgt[:, :-1]), h)
    att = (q @ mem.transpose(1, 2)).masked_fill((src == PAD).unsqueeze(1), -1e9).softmax(-1) @ mem
    logits = out(torch.cat([q, att], -1))
    loss = F.cross_entropy(logits.transpose(1, 2), tgt[:, 1:], ignore_index=PAD)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 100 == 0:
        print(step, loss.item())
