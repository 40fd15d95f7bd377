"""Adversarial training on MNIST with single-step perturbations (random start)."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

torch.manual_seed(21)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

EPSILON = 0.3
ALPHA = 0.375
EPOCHS = 15

to_tensor = transforms.ToTensor()
train_set = datasets.MNIST("data", train=True, download=True, transform=to_tensor)
test_set = datasets.MNIST("data", train=False, download=True, transform=to_tensor)
train_loader = DataLoader(train_set, batch_size=100, shuffle=True)
test_loader = DataLoader(test_set, batch_size=500)

model = nn.Sequential(
    nn.Conv2d(1, 16, 4, stride=2, padding=1), nn.ReLU(),
    nn.Conv2d(16, 32, 4, stride=2, padding=1), nn.ReLU(),
    nn.Flatten(),
    nn.Linear(32 * 7 * 7, 100), nn.ReLU(),
    nn.Linear(100, 10),
).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=5e-3, total_steps=EPOCHS * len(train_loader))


def pgd(x, y, steps=20, step_size=0.03):
    delta = torch.empty_like(x).uniform_(-EPSILON, EPSILON)
    for _ in range(steps):
        delta.requires_grad_()
        loss = F.cross_entropy(model((x + delta).clamp(0, 1)), y)
        g, = torch.autograd.grad(loss, delta)
        delta = (delta.detach() + step_size * g.sign()).clamp(-EPSILON, EPSILON)
    return (x + delta).clamp(0, 1)


def evaluate():
    model.eval()
    clean = torch.zeros((), device=device)
    robust = torch.zeros((), device=device)
    for x, y in test_loader:
        x, y = x.to(device), y.to(device)
        adv = pgd(x, y)
        with torch.no_grad():
            clean += (model(x).argmax(1) == y).sum()
            robust += (model(adv).argmax(1) == y).sum()
    return clean.item() / len(test_set), robust.item() / len(test_set)


for epoch in range(EPOCHS):
    model.train()
    total = torch.zeros((), device=device)
    for x, y in train_loader:
        x, y = x.to(device), y.to(device)

        delta = torch.empty_like(x).uniform_(-EPSILON, EPSILON).requires_grad_()
        loss = F.cross_entropy(model((x + delta).clamp(0, 1)), y)
        loss.backward()
        step = ALPHA * delta.grad.sign()
        delta = (delta.detach() + step).clamp(-EPSILON, EPSILON)

        optimizer.zero_grad()
        loss = F.cross_entropy(model((x + delta).clamp(0, 1)), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.detach()

    clean_acc, robust_acc = evaluate()
    print(f"epoch {epoch + 1} loss {total.item() / len(train_loader):.4f} "
          f"clean {clean_acc:.4f} pgd {robust_acc:.4f}")
