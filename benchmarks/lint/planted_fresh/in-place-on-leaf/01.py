"""Train a metric-learning head whose class directions are kept at unit length."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision.models import resnet34

from products import OnlineProducts


class CosineHead(nn.Module):
    def __init__(self, dim, classes, scale=16.0):
        super().__init__()
        self.directions = nn.Parameter(torch.randn(classes, dim))
        self.scale = scale

    def renormalise(self):
        self.directions.div_(self.directions.norm(dim=1, keepdim=True))  # PLANTED

    def forward(self, z):
        return self.scale * F.normalize(z, dim=1) @ self.directions.T


torch.manual_seed(22)
products = OnlineProducts("train")
trunk = resnet34(num_classes=128).cuda()
head = CosineHead(128, products.num_classes).cuda()
opt = torch.optim.SGD([*trunk.parameters(), *head.parameters()], lr=0.02, momentum=0.9)
loader = DataLoader(products, batch_size=96, shuffle=True, num_workers=4)

trunk.train()
for epoch in range(40):
    mean = torch.zeros((), device="cuda")
    for image, product in loader:
        head.renormalise()
        loss = F.cross_entropy(head(trunk(image.cuda())), product.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
        mean += loss.detach() / len(loader)
    print(f"epoch {epoch} loss {mean.item():.4f}")
