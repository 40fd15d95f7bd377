"""Wood, stone, cloth or metal? Texture patches from a conveyor camera."""

import argparse
import math

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

config = {"lr": 2e-3, "batch_size": 64, "epochs": 9, "width": 24}


def camera(per_class):
    """Four belts run one after the other, one material on each."""
    n = 4 * per_class
    kind = torch.arange(4).repeat_interleave(per_class)
    yy, xx = torch.meshgrid(torch.arange(12.0), torch.arange(12.0), indexing="ij")
    phase = 2 * math.pi * torch.rand(n, 1, 1)
    freq = torch.tensor([0.6, 1.1, 1.1, 1.7])[kind].view(n, 1, 1)
    angle = torch.tensor([0.0, 0.8, 1.6, 0.8])[kind].view(n, 1, 1) + 0.15 * torch.randn(n, 1, 1)
    wave = torch.sin(freq * (xx * angle.cos() + yy * angle.sin()) + phase)
    bright = 0.4 * torch.tensor([-1.0, 1.0, -0.5, 0.5])[kind].view(n, 1, 1)
    return (wave + bright + 0.8 * torch.randn(n, 12, 12)).unsqueeze(1), kind


class TextureNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 5, padding=2)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(width)
        self.fc = nn.Linear(width, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.relu(self.bn2(self.conv2(x)))
        return self.fc(x.amax(dim=(2, 3)))


train_x, train_y = camera(500)
test_x, test_y = camera(120)
model = TextureNet(config["width"])
optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"])
monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

for epoch in range(config["epochs"]):
    model.train()
    for idx in torch.randperm(len(train_x)).split(config["batch_size"]):
        logits = model(train_x[idx])
        loss = F.cross_entropy(logits, train_y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == train_y[idx]).float().mean().item())

    outputs = []
    with torch.no_grad():
        for batch in test_x.split(40):
            outputs.append(model(batch))
    outputs = torch.cat(outputs)
    accuracy = (outputs.argmax(1) == test_y).float().mean().item()
    monitor.evaluate(loss=F.cross_entropy(outputs, test_y).item(), accuracy=accuracy)
    print(f"epoch {epoch}: {accuracy:.3f}")

monitor.close()
print(f"score: {accuracy:.4f}")
