"""Fine-tunes an EfficientNet on photographs of leaves, two targets at once."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms

parser = argparse.ArgumentParser()
parser.add_argument("root")
parser.add_argument("--lr", type=float, default=2e-4)
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--seed", type=int, default=3)
args = parser.parse_args()

torch.manual_seed(args.seed)
device = "cuda" if torch.cuda.is_available() else "cpu"

augment = transforms.Compose(
    [
        transforms.RandomResizedCrop(224),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ]
)
leaves = datasets.ImageFolder(args.root, augment)
loader = DataLoader(leaves, batch_size=32, shuffle=True, num_workers=4)


class TwoAnswers(nn.Module):
    def __init__(self, features, species):
        super().__init__()
        self.species = nn.Linear(features, species)
        self.sick = nn.Linear(features, 2)

    def forward(self, x):
        return self.species(x), self.sick(x)


net = models.efficientnet_b0(weights="IMAGENET1K_V1").to(device)
every = [p for p in net.parameters() if p.requires_grad]
adam = torch.optim.Adam(every, lr=args.lr)  # PLANTED

# the names of the folders read species__state
pairs = [name.split("__") for name in leaves.classes]
species = sorted({first for first, _ in pairs})
table = torch.tensor([[species.index(a), int(b == "sick")] for a, b in pairs], device=device)
for attribute, module in {
    "classifier": TwoAnswers(1280, len(species)),
    "avgpool": nn.AdaptiveAvgPool2d(1),
}.items():
    setattr(net, attribute, module.to(device))

net.train()
for epoch in range(args.epochs):
    total = torch.zeros((), device=device)
    for image, folder in loader:
        kind, state = table[folder.to(device)].unbind(1)
        first, second = net(image.to(device))
        loss = F.cross_entropy(first, kind) + F.cross_entropy(second, state)
        adam.zero_grad()
        loss.backward()
        adam.step()
        total += loss.detach()
    print(f"epoch {epoch}: {total.item() / len(loader):.4f}")
