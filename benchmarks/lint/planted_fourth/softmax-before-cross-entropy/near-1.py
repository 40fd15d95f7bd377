"""Compress a wide teacher into a small student on Fashion-MNIST (soft targets + hard labels)."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, random_split
from torchvision import datasets, transforms

SEED = 8
TEMPERATURE = 4.0
ALPHA = 0.7
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def convnet(width):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.25),
        nn.Linear(2 * width * 49, 4 * width), nn.ReLU(),
        nn.Linear(4 * width, 10),
    )


def get_loaders():
    tf = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.2860,), (0.3530,))])
    full = datasets.FashionMNIST("data", train=True, download=True, transform=tf)
    test = datasets.FashionMNIST("data", train=False, download=True, transform=tf)
    train, val = random_split(full, [54000, 6000], generator=torch.Generator().manual_seed(SEED))
    return (
        DataLoader(train, 128, shuffle=True, num_workers=2),
        DataLoader(val, 512, num_workers=2),
        DataLoader(test, 512, num_workers=2),
    )


def distill_loss(student_logits, teacher_logits, labels):
    soft_targets = F.softmax(teacher_logits / TEMPERATURE, dim=1)
    soft = F.cross_entropy(student_logits / TEMPERATURE, soft_targets) * TEMPERATURE ** 2
    hard = F.cross_entropy(student_logits, labels)
    return ALPHA * soft + (1 - ALPHA) * hard


@torch.no_grad()
def report(net, loader):
    net.eval()
    n = 0
    right = torch.zeros((), device=device)
    confidence = torch.zeros((), device=device)
    for x, y in loader:
        probs = torch.softmax(net(x.to(device)), dim=1)
        top, pred = probs.max(dim=1)
        right += (pred == y.to(device)).sum()
        confidence += top.sum()
        n += len(y)
    return right.item() / n, confidence.item() / n


def fit(net, train, val, epochs, lr, batch_loss, path):
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    best = 0.0
    for epoch in range(epochs):
        net.train()
        running = torch.zeros((), device=device)
        for x, y in train:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = batch_loss(net, x, y)
            loss.backward()
            optimizer.step()
            running += loss.detach()
        scheduler.step()
        acc, conf = report(net, val)
        print(f"{path} epoch {epoch}: loss {running.item() / len(train):.4f} val acc {acc:.4f} conf {conf:.3f}")
        if acc > best:
            best = acc
            torch.save(net.state_dict(), path)
    net.load_state_dict(torch.load(path, map_location=device, weights_only=True))
    return net


def main():
    torch.manual_seed(SEED)
    train, val, test = get_loaders()
    teacher = convnet(64).to(device)
    teacher = fit(teacher, train, val, 15, 1e-3, lambda net, x, y: F.cross_entropy(net(x), y), "teacher.pt")
    teacher.eval().requires_grad_(False)

    def student_step(net, x, y):
        with torch.no_grad():
            guide = teacher(x)
        return distill_loss(net(x), guide, y)

    student = convnet(8).to(device)
    student = fit(student, train, val, 30, 2e-3, student_step, "student.pt")
    for name, net in (("teacher", teacher), ("student", student)):
        print(name, "test accuracy %.4f, mean confidence %.3f" % report(net, test))


if __name__ == "__main__":
    main()
