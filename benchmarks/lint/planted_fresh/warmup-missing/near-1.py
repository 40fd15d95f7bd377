"""A BERT-like encoder over DNA from scratch; the rate of each step is set by hand."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from genome import MASK, Windows  # (512,) codes of bases

torch.manual_seed(46)
D, PEAK, RISE = 256, 5e-4, 2_000


class DNA(nn.Module):
    def __init__(self):
        super().__init__()
        self.base, self.pos = nn.Embedding(6, D), nn.Embedding(512, D)
        block = nn.TransformerEncoderLayer(D, 8, 4 * D, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, 8, enable_nested_tensor=False)
        self.out = nn.Linear(D, 6)

    def forward(self, x):
        return self.out(self.blocks(self.base(x) + self.pos.weight))


net = DNA().cuda()
opt = torch.optim.Adam(net.parameters(), lr=PEAK, betas=(0.9, 0.98))
loader = DataLoader(Windows("hg38"), batch_size=64, shuffle=True, num_workers=8, drop_last=True)
seen = 0
for epoch in range(4):
    for x in loader:
        seen += 1
        for group in opt.param_groups:
            group["lr"] = PEAK * min(seen / RISE, (RISE / seen) ** 0.5)
        x = x.cuda()
        hide = torch.rand(x.shape, device="cuda") < 0.15
        scores = net(x.masked_fill(hide, MASK))
        loss = nn.functional.cross_entropy(scores[hide], x[hide])
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        if seen % 200 == 0:
            print(f"epoch {epoch} update {seen} loss {loss.item():.3f}")
