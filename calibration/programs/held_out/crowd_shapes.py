"""Drawn shapes, labelled by volunteers; checked against a small gold set."""

import argparse

import numpy as np
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
rng = np.random.default_rng(args.seed)
SIZE, CLASSES = 12, 4


def draw(kind):
    image = np.zeros((SIZE, SIZE), dtype=np.float32)
    y, x = rng.integers(2, 5, 2)
    s = rng.integers(5, 7)
    if kind == 0:  # square
        image[y : y + s, [x, x + s - 1]] = 1
        image[[y, y + s - 1], x : x + s] = 1
    elif kind == 1:  # cross
        image[y + s // 2, x : x + s] = 1
        image[y : y + s, x + s // 2] = 1
    elif kind == 2:  # diagonals
        for i in range(s):
            image[y + i, x + i] = image[y + i, x + s - 1 - i] = 1
    else:  # triangle
        for i in range(s):
            image[y + i, x : x + i + 1] = 1
    return image + rng.normal(0, 0.5, image.shape).astype(np.float32)


def volunteer_labels(truth, votes_per_image=1, skill=0.6):
    votes = np.zeros((len(truth), CLASSES))
    for _ in range(votes_per_image):
        guess = np.where(
            rng.random(len(truth)) < skill, truth, rng.integers(0, CLASSES, len(truth))
        )
        votes[np.arange(len(truth)), guess] += 1
    return votes.argmax(axis=1)


truth = rng.integers(0, CLASSES, 1500)
images = torch.from_numpy(np.stack([draw(k) for k in truth])).unsqueeze(1)
labels = torch.from_numpy(volunteer_labels(truth))
gold = rng.integers(0, CLASSES, 400)
gold_images = torch.from_numpy(np.stack([draw(k) for k in gold])).unsqueeze(1)
gold = torch.from_numpy(gold)

model = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(32, 32, 3, padding=1),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(32 * 36, 128),
    nn.ReLU(),
    nn.Linear(128, CLASSES),
)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
monitor = Monitor(
    args.out, model, optimizer, {"lr": 1e-3, "batch_size": 50}, activations=True, judge=False
)
for epoch in range(18):
    for idx in torch.randperm(len(images)).split(50):
        logits = model(images[idx])
        loss = F.cross_entropy(logits, labels[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == labels[idx]).float().mean().item())
    with torch.no_grad():
        logits = model(gold_images)
        accuracy = (logits.argmax(1) == gold).float().mean().item()
        monitor.evaluate(loss=F.cross_entropy(logits, gold).item(), accuracy=accuracy)
monitor.close()
print(f"score: {accuracy:.4f}")
