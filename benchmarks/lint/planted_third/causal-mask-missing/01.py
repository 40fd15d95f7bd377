"""A model of piano rolls that writes the next note, with relative positions in its attention."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from einops import rearrange
from torch.utils.data import DataLoader

from piano import NoteWindows

NOTES, LENGTH, WIDTH, HEADS = 390, 512, 384, 6


class RelativeAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.offset = nn.Embedding(2 * LENGTH - 1, HEADS)
        place = torch.arange(LENGTH)
        self.register_buffer("gap", place[None, :] - place[:, None] + LENGTH - 1, persistent=False)

    def forward(self, x):
        n = x.shape[1]
        q, k, v = rearrange(self.qkv(x), "b n (three h d) -> three b h n d", three=3, h=HEADS)
        score = torch.einsum("bhid,bhjd->bhij", q, k) / math.sqrt(WIDTH // HEADS)
        score = score + rearrange(self.offset(self.gap[:n, :n]), "i j h -> h i j")
        weight = score.softmax(dim=-1)  # PLANTED
        mixed = torch.einsum("bhij,bhjd->bhid", weight, v)
        return self.out(rearrange(mixed, "b h n d -> b n (h d)"))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attend, self.before_attend = RelativeAttention(), nn.LayerNorm(WIDTH)
        self.think = nn.Sequential(
            nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, x):
        x = x + self.attend(self.before_attend(x))
        return x + self.think(x)


torch.manual_seed(88)
composer = nn.Sequential(
    nn.Embedding(NOTES, WIDTH), *(Layer() for _ in range(6)), nn.LayerNorm(WIDTH), nn.Linear(WIDTH, NOTES)
).cuda()
optimizer = torch.optim.Adam(composer.parameters(), lr=3e-4)
warm_up = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=1000)
loader = DataLoader(NoteWindows("maestro", LENGTH + 1), batch_size=32, shuffle=True, num_workers=4)

step = 0
for epoch in range(20):
    for notes in loader:
        notes = notes.cuda(non_blocking=True)
        logits = composer(notes[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), notes[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(composer.parameters(), 1.0)
        optimizer.step()
        warm_up.step()
        step += 1
        if step % 100 == 0:
            print(f"step {step} bits per note {loss.item() / math.log(2):.3f}")
