"""ViT-B from scratch on ImageNet-1k with the regularisation of the reference recipe."""

import torch
import torchvision
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from torch.utils.data import DataLoader
from torchvision.transforms import v2

torch.manual_seed(16)
tf = v2.Compose([v2.RandomResizedCrop(224), v2.RandAugment(), v2.ToImage(),
                 v2.ToDtype(torch.float32, scale=True)])
data = torchvision.datasets.ImageFolder("/data/imagenet/train", tf)
loader = DataLoader(data, 512, shuffle=True, num_workers=16, drop_last=True)

vit = torchvision.models.vit_b_16().cuda()
decayed = [p for p in vit.parameters() if p.ndim > 1]
spared = [p for p in vit.parameters() if p.ndim <= 1]
opt = torch.optim.AdamW(
    [{"params": decayed, "weight_decay": 0.3}, {"params": spared, "weight_decay": 0.0}], lr=5e-4
)
epochs, rise = 300, 30
sched = SequentialLR(
    opt, [LinearLR(opt, 0.033, total_iters=rise), CosineAnnealingLR(opt, epochs - rise)], [rise]
)

for epoch in range(epochs):
    vit.train()
    total = torch.zeros((), device="cuda")
    for x, y in loader:
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(vit(x.cuda()), y.cuda(), label_smoothing=0.11)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(vit.parameters(), 1.0)
        opt.step()
        total += loss.detach()
    sched.step()
    print(f"epoch {epoch} loss {total.item() / len(loader):.3f}")
