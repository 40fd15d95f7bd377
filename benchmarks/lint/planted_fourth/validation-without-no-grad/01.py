import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

torch.manual_seed(10)
np.random.seed(10)

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
EPOCHS = 30

train_tf = transforms.Compose([
    transforms.RandomAffine(degrees=10, translate=(0.1, 0.1)),
    transforms.ToTensor(),
    transforms.Normalize((0.1918,), (0.3483,)),
])
val_tf = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1918,), (0.3483,))])

train_full = datasets.KMNIST("data", train=True, download=True, transform=train_tf)
val_full = datasets.KMNIST("data", train=True, download=True, transform=val_tf)
perm = torch.randperm(len(train_full)).tolist()
train_set = Subset(train_full, perm[:-6000])
val_set = Subset(val_full, perm[-6000:])

train_loader = DataLoader(train_set, batch_size=128, shuffle=True, num_workers=2)
val_loader = DataLoader(val_set, batch_size=256, shuffle=False, num_workers=2)


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2))
        self.layer2 = nn.Sequential(
            nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2))
        self.fc = nn.Sequential(
            nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 10))

    def forward(self, x):
        return self.fc(self.layer2(self.layer1(x)))


model = ConvNet().to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)

best_val_loss = np.inf
for epoch in range(1, EPOCHS + 1):
    model.train()
    train_loss = torch.zeros((), device=device)
    for data, target in train_loader:
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        train_loss += loss.detach() * data.size(0)

    model.eval()
    val_loss = torch.zeros((), device=device)
    correct = torch.zeros((), device=device)
    for data, target in val_loader:  # PLANTED
        data, target = data.to(device), target.to(device)
        output = model(data)
        loss = criterion(output, target)
        val_loss += loss.detach() * data.size(0)
        correct += (output.argmax(dim=1) == target).sum()

    train_loss = train_loss.item() / len(train_set)
    val_loss = val_loss.item() / len(val_set)
    val_acc = correct.item() / len(val_set)
    scheduler.step(val_loss)
    print(f"Epoch {epoch:2d} | train loss {train_loss:.4f} | val loss {val_loss:.4f} | val acc {val_acc:.4f}")

    if val_loss < best_val_loss:
        print(f"  val loss improved {best_val_loss:.4f} -> {val_loss:.4f}, saving")
        best_val_loss = val_loss
        torch.save(model.state_dict(), "kmnist.pt")
