"""Transfer learning with a phase loop, after the well-known tutorial."""
import argparse
import copy
import os
import time

import torch
import torch.nn as nn
from torch.optim import lr_scheduler
from torchvision import datasets, models, transforms

STATS = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

data_transforms = {
    "train": transforms.Compose([
        transforms.RandomResizedCrop(224),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(*STATS),
    ]),
    "valid": transforms.Compose([
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize(*STATS),
    ]),
}


def get_loaders(data_dir, batch_size):
    sets = {x: datasets.ImageFolder(os.path.join(data_dir, x), data_transforms[x]) for x in ["train", "valid"]}
    loaders = {
        x: torch.utils.data.DataLoader(sets[x], batch_size=batch_size, shuffle=(x == "train"), num_workers=4)
        for x in ["train", "valid"]
    }
    return sets, loaders


def train_model(model, loaders, sizes, criterion, optimizer, scheduler, device, num_epochs=25):
    since = time.time()
    best_wts = copy.deepcopy(model.state_dict())
    best_acc = 0.0

    for epoch in range(num_epochs):
        print(f"Epoch {epoch}/{num_epochs - 1}")
        print("-" * 10)

        for phase in ["train", "valid"]:
            if phase == "train":
                model.train()
            else:
                model.eval()

            running_loss = torch.zeros((), device=device)
            running_corrects = torch.zeros((), device=device)

            for inputs, labels in loaders[phase]:
                inputs = inputs.to(device)
                labels = labels.to(device)
                optimizer.zero_grad()

                with torch.set_grad_enabled(phase == "training"):
                    outputs = model(inputs)
                    preds = outputs.argmax(1)
                    loss = criterion(outputs, labels)

                    if phase == "train":
                        loss.backward()  # PLANTED
                        optimizer.step()

                running_loss += loss.detach() * inputs.size(0)
                running_corrects += (preds == labels).sum()

            if phase == "train":
                scheduler.step()

            epoch_loss = running_loss.item() / sizes[phase]
            epoch_acc = running_corrects.item() / sizes[phase]
            print(f"{phase} Loss: {epoch_loss:.4f} Acc: {epoch_acc:.4f}")

            if phase == "valid" and epoch_acc > best_acc:
                best_acc = epoch_acc
                best_wts = copy.deepcopy(model.state_dict())

    mins, secs = divmod(time.time() - since, 60)
    print(f"Training complete in {mins:.0f}m {secs:.0f}s, best val acc {best_acc:.4f}")
    model.load_state_dict(best_wts)
    return model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="data/hymenoptera_data")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    opt = parser.parse_args()

    torch.manual_seed(opt.seed)
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    sets, loaders = get_loaders(opt.data, opt.batch_size)
    sizes = {x: len(s) for x, s in sets.items()}

    model = models.resnet18(weights="IMAGENET1K_V1")
    model.fc = nn.Linear(model.fc.in_features, len(sets["train"].classes))
    model = model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=opt.lr, momentum=0.9)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)

    model = train_model(model, loaders, sizes, nn.CrossEntropyLoss(), optimizer, scheduler, device, opt.epochs)
    torch.save(model.state_dict(), "hymenoptera_resnet18.pt")


if __name__ == "__main__":
    main()
