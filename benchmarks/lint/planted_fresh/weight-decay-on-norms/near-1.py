"""An MLP-Mixer for satellite patches; whatever normalises is told apart by its class."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from eurosat import Patches  # (3, 64, 64), land use

NORMS = (nn.LayerNorm, nn.BatchNorm2d, nn.GroupNorm)


class Mix(nn.Module):
    def __init__(self, tokens: int, d: int):
        super().__init__()
        self.a, self.b = nn.LayerNorm(d), nn.LayerNorm(d)
        self.across = nn.Sequential(nn.Linear(tokens, 128), nn.GELU(), nn.Linear(128, tokens))
        self.along = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x):
        x = x + self.across(self.a(x).mT).mT
        return x + self.along(self.b(x))


class Mixer(nn.Module):
    def __init__(self, d=192, depth=8):
        super().__init__()
        self.patch = nn.Conv2d(3, d, 8, 8)
        self.mix = nn.Sequential(*(Mix(64, d) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, 10)

    def forward(self, x):
        return self.head(self.norm(self.mix(self.patch(x).flatten(2).mT)).mean(1))


torch.manual_seed(10)
model = Mixer().cuda()
plain = {
    p
    for m in model.modules()
    for n, p in m.named_parameters(recurse=False)
    if isinstance(m, NORMS) or n == "bias"
}
rest = [p for p in model.parameters() if p not in plain]
opt = torch.optim.AdamW([{"params": rest}, {"params": list(plain), "weight_decay": 0.0}],
                        lr=5e-4, weight_decay=0.05)
warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=500)
loader = DataLoader(Patches("train"), batch_size=128, shuffle=True, num_workers=4)
for epoch in range(60):
    total = torch.zeros((), device="cuda")
    for x, y in loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(x.cuda()), y.cuda())
        loss.backward()
        opt.step()
        warm.step()
        total += loss.detach()
    print(f"epoch {epoch} loss {total.item() / len(loader):.3f}")
