"""Segment satellite tiles; each batch goes through the network in parts, since it does not fit."""

import torch
import torch.nn.functional as F
import segmentation_models_pytorch as smp
from torch.utils.data import DataLoader

from landcover import LandCoverTiles

PARTS = 4

torch.manual_seed(0)
loader = DataLoader(
    LandCoverTiles("tiles/train"), batch_size=32, shuffle=True, drop_last=True, num_workers=8
)
net = smp.Unet("resnet50", encoder_weights="imagenet", classes=7).cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
sched = torch.optim.lr_scheduler.PolynomialLR(opt, total_iters=60, power=0.9)

net.train()
for epoch in range(60):
    epoch_loss = torch.zeros((), device="cuda")
    for tiles, masks in loader:
        opt.zero_grad()
        for t, m in zip(tiles.chunk(PARTS), masks.chunk(PARTS), strict=True):
            part_loss = F.cross_entropy(net(t.cuda()), m.cuda())
            part_loss.backward()  # PLANTED
            epoch_loss += part_loss.detach() / PARTS
        opt.step()
    sched.step()
    print(f"{epoch:3d}  {epoch_loss.item() / len(loader):.4f}  lr {sched.get_last_lr()[0]:.5f}")
