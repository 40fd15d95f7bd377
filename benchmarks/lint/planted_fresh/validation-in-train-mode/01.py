"""Caption-to-image retrieval: a frozen text side, an image side and a head with dropout."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models import ResNet18_Weights, resnet18

from flickr import PicturesWithTextVectors  # picture (3, 224, 224), vector (512,)


class Retrieval(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = resnet18(weights=ResNet18_Weights.DEFAULT)
        self.encoder.fc = nn.Identity()
        self.project = nn.Sequential(
            nn.Dropout(0.4), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(),
            nn.Linear(512, 512),
        )

    def forward(self, picture):
        return F.normalize(self.project(self.encoder(picture)), dim=-1)


def scores(model, picture, text):
    return model(picture.cuda()) @ F.normalize(text.cuda(), dim=-1).T / 0.07


def recall_at_1(model, loader):
    model.encoder.eval()
    hits, seen = torch.zeros((), device="cuda"), 0
    with torch.no_grad():
        for picture, text in loader:  # PLANTED
            s = scores(model, picture, text)
            hits += (s.argmax(1) == torch.arange(len(s), device="cuda")).sum()
            seen += len(s)
    return hits.item() / seen


if __name__ == "__main__":
    torch.manual_seed(30)
    model = Retrieval().cuda()
    opt = torch.optim.Adam(model.parameters(), lr=1e-4)
    train = DataLoader(PicturesWithTextVectors("train"), 128, shuffle=True, drop_last=True)
    val = DataLoader(PicturesWithTextVectors("val"), 128)
    for epoch in range(15):
        model.train()
        for picture, text in train:
            s = scores(model, picture, text)
            loss = F.cross_entropy(s, torch.arange(len(s), device="cuda"))
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch} loss {loss.item():.3f} R@1 {recall_at_1(model, val):.3f}")
