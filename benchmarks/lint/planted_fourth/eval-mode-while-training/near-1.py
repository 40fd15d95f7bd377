"""Linear-probe style training: the pretrained model only supplies features."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets
from torchvision.models import ResNet50_Weights, resnet50

SEED = 5
EPOCHS = 15


class ProbeHead(nn.Module):
    def __init__(self, dim, n_classes):
        super().__init__()
        self.net = nn.Sequential(
            nn.BatchNorm1d(dim), nn.Dropout(0.3), nn.Linear(dim, 512), nn.ReLU(),
            nn.Dropout(0.3), nn.Linear(512, n_classes),
        )

    def forward(self, z):
        return self.net(z)


def main():
    torch.manual_seed(SEED)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    weights = ResNet50_Weights.IMAGENET1K_V2
    tf = weights.transforms()
    train_ds = datasets.Food101("data", split="train", transform=tf, download=True)
    test_ds = datasets.Food101("data", split="test", transform=tf, download=True)
    train_dl = DataLoader(train_ds, 128, shuffle=True, num_workers=8, drop_last=True)
    test_dl = DataLoader(test_ds, 256, num_workers=8)

    model = resnet50(weights=weights)
    model.fc = nn.Identity()
    model.requires_grad_(False)
    model.to(device)
    model.eval()

    head = ProbeHead(2048, len(train_ds.classes)).to(device)
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()

    for epoch in range(EPOCHS):
        head.train()
        total = torch.zeros((), device=device)
        for images, labels in train_dl:
            images, labels = images.to(device), labels.to(device)
            with torch.no_grad():
                features = model(images)
            loss = criterion(head(features), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()

        head.eval()
        correct = torch.zeros((), device=device)
        with torch.no_grad():
            for images, labels in test_dl:
                images, labels = images.to(device), labels.to(device)
                correct += (head(model(images)).argmax(1) == labels).sum()
        print(f"epoch {epoch}: loss {total.item() / len(train_dl):.4f} acc {correct.item() / len(test_ds):.4f}")

    torch.save(head.state_dict(), "food_probe.pt")


if __name__ == "__main__":
    main()
