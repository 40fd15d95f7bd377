"""Fine-tune a segmenter on two images a batch, the pretrained batch statistics kept as they are."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision.models.segmentation import deeplabv3_resnet50

from potholes import PotholeMasks


class FrozenStatistics(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def train(self, mode=True):
        super().train(mode)
        for module in self.net.backbone.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, x):
        return self.net(x)["out"]


torch.manual_seed(2)
lab = deeplabv3_resnet50(weights="DEFAULT")
lab.classifier[4] = nn.Conv2d(256, 2, 1)
model = FrozenStatistics(lab).cuda()
opt = torch.optim.SGD(model.parameters(), lr=2e-3, momentum=0.9)
loader = DataLoader(PotholeMasks("train"), batch_size=2, shuffle=True, drop_last=True)

model.train()
for epoch in range(25):
    total = torch.zeros((), device="cuda")
    for road, mask in loader:
        opt.zero_grad()
        loss = F.cross_entropy(model(road.cuda()), mask.cuda())
        loss.backward()
        opt.step()
        total += loss.detach()
    print(f"epoch {epoch} loss {total.item() / len(loader):.4f}")
