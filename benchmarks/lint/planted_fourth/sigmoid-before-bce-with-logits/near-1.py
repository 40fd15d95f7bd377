"""Multi-label scene tagging with a squeeze-and-excitation CNN."""
import json
from pathlib import Path

import torch
import torch.nn as nn
from PIL import Image
from sklearn.metrics import f1_score
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms as T


class SceneTags(Dataset):
    def __init__(self, root, split, transform):
        self.root = Path(root)
        meta = json.loads((self.root / f"{split}.json").read_text())
        self.items, self.tags = meta["items"], meta["tags"]
        self.transform = transform

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        item = self.items[i]
        image = Image.open(self.root / item["file"]).convert("RGB")
        target = torch.zeros(len(self.tags))
        target[item["labels"]] = 1.0
        return self.transform(image), target


class SqueezeExcite(nn.Module):
    def __init__(self, channels, ratio=8):
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, channels // ratio, 1),
            nn.ReLU(),
            nn.Conv2d(channels // ratio, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.gate(x)


class TagNet(nn.Module):
    def __init__(self, n_tags, widths=(32, 64, 128, 256)):
        super().__init__()
        blocks, c = [], 3
        for w in widths:
            blocks += [
                nn.Conv2d(c, w, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(w),
                nn.ReLU(),
                SqueezeExcite(w),
            ]
            c = w
        self.features = nn.Sequential(*blocks)
        self.head = nn.Linear(c, n_tags)

    def forward(self, x):
        return self.head(self.features(x).mean(dim=(2, 3)))

    def predict(self, x):
        return torch.sigmoid(self(x))


def evaluate(model, loader, device, threshold=0.5):
    model.eval()
    truth, guess = [], []
    with torch.no_grad():
        for x, y in loader:
            probs = model.predict(x.to(device))
            guess.append((probs > threshold).int().cpu())
            truth.append(y.int())
    return f1_score(torch.cat(truth).numpy(), torch.cat(guess).numpy(), average="macro", zero_division=0)


def main():
    torch.manual_seed(5)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    normalize = T.Normalize([0.5] * 3, [0.25] * 3)
    train_set = SceneTags("data/scenes", "train", T.Compose(
        [T.RandomResizedCrop(160), T.RandomHorizontalFlip(), T.ToTensor(), normalize]))
    val_set = SceneTags("data/scenes", "val", T.Compose(
        [T.Resize(176), T.CenterCrop(160), T.ToTensor(), normalize]))
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True, num_workers=4, drop_last=True)
    val_loader = DataLoader(val_set, batch_size=128, num_workers=4)

    model = TagNet(len(train_set.tags)).to(device)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    best = -1.0
    for epoch in range(30):
        model.train()
        for step, (x, y) in enumerate(train_loader):
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            if step % 50 == 0:
                print(f"{epoch}/{step}: {loss.item():.4f}")
        f1 = evaluate(model, val_loader, device)
        print(f"epoch {epoch}: macro F1 {f1:.4f}")
        if f1 > best:
            best = f1
            torch.save(model.state_dict(), "tagnet.pt")


if __name__ == "__main__":
    main()
