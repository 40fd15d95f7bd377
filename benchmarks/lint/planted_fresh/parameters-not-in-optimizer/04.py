"""Bird songs: two epochs with the head alone, then the whole spectrogram network wakes up."""

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models import EfficientNet_B0_Weights, efficientnet_b0

from birds import MelSpectrograms

parser = argparse.ArgumentParser()
parser.add_argument("--head-epochs", type=int, default=2)
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--lr", type=float, default=1e-3)
parser.add_argument("--seed", type=int, default=0)
opts = parser.parse_args()

torch.manual_seed(opts.seed)
train = MelSpectrograms("train")
valid = MelSpectrograms("valid")
train_loader = DataLoader(train, batch_size=64, shuffle=True, num_workers=6)
valid_loader = DataLoader(valid, batch_size=128, num_workers=6)

net = efficientnet_b0(weights=EfficientNet_B0_Weights.DEFAULT)
net.classifier[1] = nn.Linear(1280, len(train.species))
net.to("cuda")
net.features.requires_grad_(False)

optimizer = torch.optim.Adam(filter(lambda p: p.requires_grad, net.parameters()), lr=opts.lr)  # PLANTED
criterion = nn.CrossEntropyLoss()

for epoch in range(opts.epochs):
    if epoch == opts.head_epochs:
        net.features.requires_grad_(True)
        for group in optimizer.param_groups:
            group["lr"] = opts.lr / 10

    net.train()
    for mel, bird in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(mel.cuda()), bird.cuda())
        loss.backward()
        optimizer.step()

    net.eval()
    correct = torch.zeros((), device="cuda")
    with torch.no_grad():
        for mel, bird in valid_loader:
            correct += (net(mel.cuda()).argmax(1) == bird.cuda()).sum()
    print(f"{epoch}: loss {loss.item():.3f} val acc {correct.item() / len(valid):.3f}")
