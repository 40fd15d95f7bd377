"""A vision transformer on CIFAR-10 from scratch: patches of four, six blocks, one cycle down."""

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import CIFAR10


class ViT(nn.Module):
    def __init__(self, d=256, depth=6, heads=8, classes=10):
        super().__init__()
        self.patch = nn.Conv2d(3, d, 4, 4)
        self.cls = nn.Parameter(torch.zeros(1, 1, d))
        self.pos = nn.Parameter(torch.randn(1, 65, d) * 0.02)
        layer = nn.TransformerEncoderLayer(
            d, heads, 4 * d, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.LayerNorm(d), nn.Linear(d, classes))

    def forward(self, x):
        x = self.patch(x).flatten(2).mT
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + self.pos
        return self.head(self.blocks(x)[:, 0])


torch.manual_seed(216)
tf = T.Compose([T.RandomCrop(32, 4), T.RandomHorizontalFlip(), T.ToTensor()])
loader = DataLoader(
    CIFAR10("data", transform=tf, download=True), 512, shuffle=True, num_workers=8, drop_last=True
)
vit = ViT().cuda()
epochs, peak = 200, 1e-3
opt = torch.optim.Adam(vit.parameters(), lr=peak, betas=(0.9, 0.999))
rate = torch.optim.lr_scheduler.OneCycleLR(opt, peak, epochs * len(loader), pct_start=0.0, div_factor=1.0)  # PLANTED

for epoch in range(epochs):
    total = torch.zeros((), device="cuda")
    for x, y in loader:
        loss = nn.functional.cross_entropy(vit(x.cuda()), y.cuda(), label_smoothing=0.1)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(vit.parameters(), 1.0)
        opt.step()
        rate.step()
        total += loss.detach()
    print(f"epoch {epoch} loss {total.item() / len(loader):.3f} lr {rate.get_last_lr()[0]:.1e}")
