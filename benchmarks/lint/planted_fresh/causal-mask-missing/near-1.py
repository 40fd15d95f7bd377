"""Pretrain a protein encoder that fills in residues hidden at random."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader

from proteins import MASK, PAD, VOCAB, UniRefSequences, pad_batch

torch.manual_seed(20)


class ResidueModel(nn.Module):
    def __init__(self, dim=256, depth=6, longest=512):
        super().__init__()
        self.token = nn.Embedding(VOCAB, dim, padding_idx=PAD)
        self.place = nn.Embedding(longest, dim)
        layer = nn.TransformerEncoderLayer(dim, 8, 4 * dim, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.lm_head = nn.Linear(dim, VOCAB)

    def forward(self, x):
        h = self.token(x) + self.place(torch.arange(x.size(1), device=x.device))
        return self.lm_head(self.layers(h, src_key_padding_mask=x == PAD))


model = ResidueModel().cuda().train()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-4)
warmup = torch.optim.lr_scheduler.LinearLR(optimizer, 1e-3, total_iters=2000)
loader = DataLoader(UniRefSequences("uniref50"), batch_size=64, shuffle=True, collate_fn=pad_batch)

for epoch in range(3):
    for step, tokens in enumerate(loader):
        tokens = tokens.cuda()
        hidden = (torch.rand(tokens.shape, device="cuda") < 0.15) & (tokens != PAD)
        labels = tokens.masked_fill(~hidden, -100)
        logits = model(tokens.masked_fill(hidden, MASK))
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        warmup.step()
        if step % 100 == 0:
            print(f"epoch {epoch} step {step} masked nats {loss.item():.3f}")
