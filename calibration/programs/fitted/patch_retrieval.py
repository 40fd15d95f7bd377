"""Embed texture patches, classify them and look up the nearest neighbour."""

import argparse
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn

CLASSES, SIZE = 8, 10


def textures(n):
    label = torch.randint(CLASSES, (n,))
    angle = label.float() * math.pi / CLASSES
    row, col = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    phase = 2 * math.pi * torch.rand(n, 1, 1)
    along = torch.cos(angle)[:, None, None] * row + torch.sin(angle)[:, None, None] * col
    patch = torch.sin(1.3 * along + phase) + 0.5 * torch.randn(n, SIZE, SIZE)
    return patch.unsqueeze(1), label


class Embedder(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.conv = nn.Conv2d(1, 16, 5)
        self.project = nn.Linear(16 * 9, dim)

    def forward(self, patch):
        h = F.max_pool2d(F.relu(self.conv(patch)), 2)
        return F.relu(self.project(h.flatten(1)))


@torch.no_grad()
def embed(embedder, patches):
    return F.normalize(embedder(patches), dim=1)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedder = Embedder()
        self.head = nn.Linear(16, CLASSES)

    def forward(self, patches):
        return self.head(4 * embed(self.embedder, patches))


def neighbour_accuracy(model, gallery, gallery_label, query, query_label):
    similarity = embed(model.embedder, query) @ embed(model.embedder, gallery).T
    return (gallery_label[similarity.argmax(1)] == query_label).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    patches, labels = textures(2000)
    val_patches, val_labels = textures(400)
    model = Classifier()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    config = {"lr": 3e-3, "batch_size": 64, "steps": 450, "embedding": 16}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for step in range(1, config["steps"] + 1):
        idx = torch.randperm(len(patches))[: config["batch_size"]]
        logits = model(patches[idx])
        loss = F.cross_entropy(logits, labels[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == labels[idx]).float().mean().item())
        if step % 50 == 0:
            with torch.no_grad():
                logits = model(val_patches)
                monitor.evaluate(
                    loss=F.cross_entropy(logits, val_labels).item(),
                    accuracy=(logits.argmax(1) == val_labels).float().mean().item(),
                )
    monitor.close()
    with torch.no_grad():
        found = neighbour_accuracy(model, patches, labels, val_patches, val_labels)
        accuracy = (model(val_patches).argmax(1) == val_labels).float().mean().item()
    print(f"nearest neighbour: {found:.4f}")
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
