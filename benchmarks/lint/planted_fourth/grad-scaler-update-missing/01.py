import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.models import resnet34
from tqdm import tqdm

# Hyperparameters
LEARNING_RATE = 3e-4
BATCH_SIZE = 64
NUM_EPOCHS = 20
NUM_WORKERS = 4
SEED = 42
DEVICE = "cuda"

torch.manual_seed(SEED)


def get_loaders():
    train_transform = transforms.Compose([
        transforms.Resize((160, 160)),
        transforms.RandomHorizontalFlip(),
        transforms.ColorJitter(0.1, 0.1, 0.1),
        transforms.ToTensor(),
        transforms.Normalize([0.5] * 3, [0.5] * 3),
    ])
    val_transform = transforms.Compose([
        transforms.Resize((160, 160)),
        transforms.ToTensor(),
        transforms.Normalize([0.5] * 3, [0.5] * 3),
    ])
    train_ds = datasets.OxfordIIITPet("data", split="trainval", transform=train_transform, download=True)
    val_ds = datasets.OxfordIIITPet("data", split="test", transform=val_transform, download=True)
    train_loader = DataLoader(train_ds, batch_size=BATCH_SIZE, shuffle=True, num_workers=NUM_WORKERS, drop_last=True)
    val_loader = DataLoader(val_ds, batch_size=BATCH_SIZE, num_workers=NUM_WORKERS)
    return train_loader, val_loader


def train_fn(loader, model, optimizer, loss_fn, scaler):
    model.train()
    loop = tqdm(loader)
    for batch_idx, (data, targets) in enumerate(loop):
        data = data.to(DEVICE)
        targets = targets.to(DEVICE)

        # forward
        with torch.autocast("cuda", dtype=torch.float16):
            predictions = model(data)
            loss = loss_fn(predictions, targets)

        # backward
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)  # PLANTED

        # update tqdm loop
        if batch_idx % 20 == 0:
            loop.set_postfix(loss=loss.item())


def check_accuracy(loader, model):
    model.eval()
    num_correct = torch.zeros((), device=DEVICE)
    with torch.no_grad():
        for x, y in loader:
            x, y = x.to(DEVICE), y.to(DEVICE)
            num_correct += (model(x).argmax(1) == y).sum()
    print(f"Accuracy: {100 * num_correct.item() / len(loader.dataset):.2f}")


def main():
    model = resnet34(num_classes=37).to(DEVICE)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    train_loader, val_loader = get_loaders()
    scaler = torch.amp.GradScaler("cuda")

    for epoch in range(NUM_EPOCHS):
        print(f"Epoch {epoch + 1}/{NUM_EPOCHS}")
        train_fn(train_loader, model, optimizer, loss_fn, scaler)
        check_accuracy(val_loader, model)
        torch.save({"state_dict": model.state_dict(), "optimizer": optimizer.state_dict(),
                    "scaler": scaler.state_dict(), "epoch": epoch}, "my_checkpoint.pth.tar")


if __name__ == "__main__":
    main()
