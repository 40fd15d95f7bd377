"""BYOL pre-training on STL-10 unlabelled images, with a k-NN probe."""
from copy import deepcopy
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms as T


class TwoViews:
    def __init__(self, base):
        self.base = base

    def __call__(self, img):
        return self.base(img), self.base(img)


def projection_mlp(d_in, d_hidden=2048, d_out=256):
    return nn.Sequential(nn.Linear(d_in, d_hidden), nn.BatchNorm1d(d_hidden), nn.ReLU(inplace=True),
                         nn.Linear(d_hidden, d_out))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = models.resnet18(weights=None)
        self.feat_dim = self.trunk.fc.in_features
        self.trunk.fc = nn.Identity()
        self.proj = projection_mlp(self.feat_dim)

    def forward(self, x):
        return self.proj(self.trunk(x))


class BYOL(nn.Module):
    def __init__(self, base_momentum=0.996):
        super().__init__()
        self.base_momentum = base_momentum
        self.student = Encoder()
        self.predictor = projection_mlp(256)
        self.teacher = deepcopy(self.student)
        for ps, pt in zip(self.student.parameters(), self.teacher.parameters()):
            pt.data.copy_(ps.data)
            ps.requires_grad = False  # PLANTED

    @torch.no_grad()
    def momentum_update(self, progress):
        m = 1 - (1 - self.base_momentum) * (math.cos(math.pi * progress) + 1) / 2
        for ps, pt in zip(self.student.parameters(), self.teacher.parameters()):
            pt.mul_(m).add_(ps, alpha=1 - m)

    def forward(self, v1, v2):
        p1, p2 = self.predictor(self.student(v1)), self.predictor(self.student(v2))
        with torch.no_grad():
            z1, z2 = self.teacher(v1), self.teacher(v2)
        return 2 - F.cosine_similarity(p1, z2).mean() - F.cosine_similarity(p2, z1).mean()


@torch.no_grad()
def embed(trunk, loader, device):
    trunk.eval()
    feats, labels = [], []
    for x, y in loader:
        feats.append(F.normalize(trunk(x.to(device)), dim=1))
        labels.append(y.to(device))
    return torch.cat(feats), torch.cat(labels)


def knn_accuracy(trunk, bank_loader, query_loader, device, k=20):
    bank, bank_y = embed(trunk, bank_loader, device)
    query, query_y = embed(trunk, query_loader, device)
    idx = (query @ bank.T).topk(k, dim=1).indices
    votes = F.one_hot(bank_y[idx], 10).sum(1)
    return (votes.argmax(1) == query_y).float().mean().item()


def lr_at(step, total, warmup):
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))


def main(epochs=100, batch_size=256, lr=0.1, root="data", seed=13):
    torch.manual_seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    norm = T.Normalize([0.44, 0.43, 0.40], [0.26, 0.26, 0.27])
    augment = T.Compose([
        T.RandomResizedCrop(96, scale=(0.2, 1.0)), T.RandomHorizontalFlip(),
        T.RandomApply([T.ColorJitter(0.4, 0.4, 0.2, 0.1)], p=0.8), T.RandomGrayscale(0.2),
        T.GaussianBlur(9, (0.1, 2.0)), T.ToTensor(), norm,
    ])
    plain = T.Compose([T.ToTensor(), norm])
    pairs = DataLoader(datasets.STL10(root, "unlabeled", transform=TwoViews(augment), download=True),
                       batch_size, shuffle=True, num_workers=8, drop_last=True, pin_memory=True)
    bank = DataLoader(datasets.STL10(root, "train", transform=plain), 512, num_workers=4)
    query = DataLoader(datasets.STL10(root, "test", transform=plain), 512, num_workers=4)

    byol = BYOL().to(device)
    learners = nn.ModuleDict({"student": byol.student, "predictor": byol.predictor})
    optimizer = torch.optim.SGD(learners.parameters(), lr=lr, momentum=0.9)
    total = epochs * len(pairs)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: lr_at(s, total, 10 * len(pairs)))

    step = 0
    for epoch in range(epochs):
        byol.train()
        for (v1, v2), _ in pairs:
            loss = byol(v1.to(device, non_blocking=True), v2.to(device, non_blocking=True))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            byol.momentum_update(step / total)
            if step % 100 == 0:
                print(f"epoch {epoch} step {step} loss {loss.item():.4f}")
            step += 1
        if (epoch + 1) % 5 == 0:
            print(f"epoch {epoch} kNN {knn_accuracy(byol.student.trunk, bank, query, device):.4f}")
    torch.save(byol.student.trunk.state_dict(), "byol_resnet18.pt")


if __name__ == "__main__":
    main()
