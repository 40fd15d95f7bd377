"""Fine-tune a pretrained ConvNeXt on dog breeds, the model made by a function of its own."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.models import ConvNeXt_Tiny_Weights, convnext_tiny

torch.manual_seed(120)
weights = ConvNeXt_Tiny_Weights.IMAGENET1K_V1


def load_pretrained(num_breeds):
    net = convnext_tiny(weights=weights)
    net.classifier[2] = nn.Sequential(nn.Dropout(0.3), nn.Linear(768, num_breeds))
    return net.cuda().eval()  # PLANTED


breeds = ImageFolder("dogs/train", transform=weights.transforms())
loader = DataLoader(breeds, batch_size=64, shuffle=True, num_workers=8)
net = load_pretrained(len(breeds.classes))
optimizer = torch.optim.Adam(
    [
        {"params": net.features.parameters(), "lr": 1e-5},
        {"params": net.classifier.parameters(), "lr": 1e-3},
    ]
)
scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 0.01, total_iters=200)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

for epoch in range(8):
    for i, (photo, breed) in enumerate(loader):
        optimizer.zero_grad()
        loss = criterion(net(photo.cuda()), breed.cuda())
        loss.backward()
        optimizer.step()
        scheduler.step()
        if i % 50 == 0:
            print(f"epoch {epoch} batch {i}: {loss.item():.4f}")
