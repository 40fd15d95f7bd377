"""A sound training program, and the same with one thing changed, as text."""

from __future__ import annotations

SOUND = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(20, 32), nn.ReLU())
        self.head = nn.Linear(32, 3)

    def forward(self, x):
        return self.head(self.body(x))


def train(epochs=5):
    x = torch.randn(256, 20, generator=torch.Generator().manual_seed(epochs))
    data = TensorDataset(x, x[:, :3].argmax(1))
    train_loader = DataLoader(data, 16, shuffle=True)
    val_loader = DataLoader(data, 16)
    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        model.train()
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            logits = model(inputs)
            loss = criterion(logits, targets)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            for inputs, targets in val_loader:
                print(criterion(model(inputs), targets))
"""
STEP = "            optimizer.step()"
CLIPPED = "            nn.utils.clip_grad_norm_(model.parameters(), {})\n" + STEP
PLANTED = {  # what is replaced, by what, the cause, the line of the program, the kind of the fact
    "no-zero-grad": ("            optimizer.zero_grad()\n", "", "zero-grad-missing", 30, "rule"),
    "softmax-first": ("model(inputs)\n", "model(inputs).softmax(1)\n", "softmax-twice", 29, "rule"),
    "rate-of-half": ("lr=1e-3", "lr=0.5", "lr-too-high", 23, "code"),
    "rate-of-nothing": ("lr=1e-3", "lr=1e-9", "lr-too-low", 23, "code"),
    "decay-of-two": ("weight_decay=0.01", "weight_decay=2.0", "weight-decay-too-high", 23, "code"),
    "epsilon-of-one": ("lr=1e-3", "lr=1e-3, eps=1.0", "adam-epsilon-too-large", 23, "code"),
    "clipped-to-nothing": (
        STEP, CLIPPED.format(1e-4), "clipping-too-tight", 32, "code",
    ),
    "head-alone": (
        "(model.parameters()", "(model.head.parameters()",
        "parameters-not-in-optimizer", 23, "code",
    ),
    "frozen-body": (
        "model = Net()", "model = Net()\n    model.body.requires_grad_(False)",
        "parameters-frozen", 23, "code",
    ),
    "summed-loss": (
        "CrossEntropyLoss()", "CrossEntropyLoss(reduction='sum')",
        "loss-reduction-wrong", 24, "code",
    ),
}  # fmt: skip


def planted(name: str) -> str:
    """Return the program with the change of that name."""
    before, after, *_ = PLANTED[name]
    assert SOUND.count(before) == 1 or before == "model(inputs)\n"
    return SOUND.replace(before, after, 1)
