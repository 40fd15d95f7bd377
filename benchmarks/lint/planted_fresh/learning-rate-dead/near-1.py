"""Train a mixer on textures; the rate begins at next to nothing and grows."""

import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import DTD

from mixer import MLPMixer

torch.manual_seed(47)
WARM, TOTAL = 2000, 40_000
view = T.Compose([T.RandomResizedCrop(224), T.RandomHorizontalFlip(), T.ToTensor()])
loader = DataLoader(DTD("data", "train", transform=view), 64, shuffle=True, num_workers=8)
net = MLPMixer(classes=47).cuda().train()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
sched = SequentialLR(
    opt,
    [
        LinearLR(opt, start_factor=1e-8, total_iters=WARM),
        CosineAnnealingLR(opt, TOTAL - WARM, eta_min=1e-7),
    ],
    milestones=[WARM],
)

step = 0
while step < TOTAL:
    for image, texture in loader:
        loss = F.cross_entropy(net(image.cuda()), texture.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        step += 1
        if step % 100 == 0:
            print(f"step {step} loss {loss.item():.3f} rate {sched.get_last_lr()[0]:.2e}")
        if step == TOTAL:
            break
