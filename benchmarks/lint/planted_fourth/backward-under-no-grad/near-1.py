"""MNIST classifier with a robust-accuracy report (PGD) after each epoch."""
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

EPS, ALPHA, ITERS = 0.3, 0.02, 20
EPOCHS, BATCH, LR, SEED = 10, 128, 1e-3, 17


class SmallCNN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(64 * 49, 128), nn.ReLU(), nn.Dropout(0.4), nn.Linear(128, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(x))


def train_epoch(model, loader, optimizer, device, epoch):
    model.train()
    for i, (x, y) in enumerate(loader):
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        if i % 100 == 0:
            print(f"epoch {epoch} it {i} loss {loss.item():.4f}")


@torch.no_grad()
def robust_report(model, loader, device):
    model.eval()
    clean = torch.zeros((), device=device)
    robust = torch.zeros((), device=device)
    count = 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        clean += (model(x).argmax(1) == y).sum()

        delta = torch.empty_like(x).uniform_(-EPS, EPS)
        for _ in range(ITERS):
            delta = delta.detach().requires_grad_(True)
            with torch.enable_grad():
                loss = F.cross_entropy(model(x + delta), y)
                loss.backward(inputs=[delta])
            delta = (delta + ALPHA * delta.grad.sign()).clamp(-EPS, EPS)
            delta = (x + delta).clamp(0, 1) - x

        robust += (model(x + delta).argmax(1) == y).sum()
        count += y.numel()
    return (clean / count).item(), (robust / count).item()


def main():
    torch.manual_seed(SEED)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    to_tensor = transforms.ToTensor()
    train = DataLoader(datasets.MNIST("data", True, to_tensor, download=True), BATCH, shuffle=True, num_workers=2)
    test = DataLoader(datasets.MNIST("data", False, to_tensor, download=True), 500, num_workers=2)

    model = SmallCNN().to(device)
    optimizer = optim.Adam(model.parameters(), lr=LR)
    for epoch in range(EPOCHS):
        train_epoch(model, train, optimizer, device, epoch)
        clean, robust = robust_report(model, test, device)
        print(f"epoch {epoch}: clean {clean:.4f}  pgd-{ITERS} {robust:.4f}")
    torch.save(model.state_dict(), "mnist_cnn.pt")


if __name__ == "__main__":
    main()
