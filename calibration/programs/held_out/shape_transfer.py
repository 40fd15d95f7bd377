"""Pre-train on four coarse shapes, then fine-tune the network on twelve fine ones."""

import argparse

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.nn.functional import cross_entropy


def shapes(n, classes, prototypes, noise):
    labels = torch.randint(0, classes, (n,))
    images = prototypes[labels] + noise * torch.randn(n, 1, 10, 10)
    return images, labels


def make_prototypes(classes, generator):
    coarse = torch.randn(classes, 1, 5, 5, generator=generator)
    return nn.functional.interpolate(coarse, size=(10, 10), mode="bilinear")


class ShapeNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1),
            nn.ReLU(),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Linear(12 * 25, 16),
            nn.ReLU(),
        )
        self.head = nn.Linear(16, classes)

    def forward(self, x):
        return self.head(self.body(x))


def pretrain(model, prototypes, steps=150):
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        images, labels = shapes(64, 4, prototypes, 1.0)
        loss = cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(99)

    model = ShapeNet(classes=4)
    pretrain(model, make_prototypes(4, generator))

    prototypes = make_prototypes(12, generator)
    x_val, y_val = shapes(600, 12, prototypes, 1.2)
    lr, batch_size, steps = 1e-3, 48, 400
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.head = nn.Linear(16, 12)
    config = {"lr": lr, "batch_size": batch_size, "steps": steps, "classes": 12}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for step in range(steps):
        images, labels = shapes(batch_size, 12, prototypes, 1.2)
        logits = model(images)
        loss = cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == labels).float().mean().item())
        if (step + 1) % 40 == 0:
            with torch.no_grad():
                logits = model(x_val)
            accuracy = (logits.argmax(1) == y_val).float().mean().item()
            monitor.evaluate(loss=cross_entropy(logits, y_val).item(), accuracy=accuracy)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
