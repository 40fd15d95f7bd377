"""Transfer learning for leaf disease recognition."""
import copy
import os
import time

import torch
import torch.nn as nn
from torch.optim import lr_scheduler
from torchvision import datasets, models, transforms

PHASES = ("train", "val")


def get_dataloaders(data_dir, batch_size):
    norm = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    tf = {
        "train": transforms.Compose([
            transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(), transforms.ToTensor(), norm,
        ]),
        "val": transforms.Compose([
            transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), norm,
        ]),
    }
    image_datasets = {p: datasets.ImageFolder(os.path.join(data_dir, p), tf[p]) for p in PHASES}
    loaders = {
        p: torch.utils.data.DataLoader(
            image_datasets[p], batch_size=batch_size, shuffle=(p == "train"), num_workers=4
        )
        for p in PHASES
    }
    return loaders, image_datasets["train"].classes


def train_model(model, dataloaders, criterion, optimizer, scheduler, device, num_epochs=25):
    since = time.time()
    best_model_wts = copy.deepcopy(model.state_dict())
    best_acc = 0.0
    history = {p: [] for p in PHASES}

    for epoch in range(num_epochs):
        print(f"Epoch {epoch}/{num_epochs - 1}")
        print("-" * 10)
        model.train()

        for phase in PHASES:
            running_loss = torch.zeros((), device=device)
            running_corrects = torch.zeros((), device=device)

            for inputs, labels in dataloaders[phase]:  # PLANTED
                inputs = inputs.to(device)
                labels = labels.to(device)
                optimizer.zero_grad()

                with torch.set_grad_enabled(phase == "train"):
                    outputs = model(inputs)
                    preds = outputs.argmax(1)
                    loss = criterion(outputs, labels)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()

                running_loss += loss.detach() * inputs.size(0)
                running_corrects += (preds == labels).sum()

            if phase == "train":
                scheduler.step()

            n = len(dataloaders[phase].dataset)
            epoch_loss = running_loss.item() / n
            epoch_acc = running_corrects.item() / n
            history[phase].append((epoch_loss, epoch_acc))
            print(f"{phase} Loss: {epoch_loss:.4f} Acc: {epoch_acc:.4f}")

            if phase == "val" and epoch_acc > best_acc:
                best_acc = epoch_acc
                best_model_wts = copy.deepcopy(model.state_dict())
        print()

    elapsed = time.time() - since
    print(f"Training complete in {elapsed // 60:.0f}m {elapsed % 60:.0f}s")
    print(f"Best val Acc: {best_acc:4f}")
    model.load_state_dict(best_model_wts)
    return model, history


def main():
    torch.manual_seed(0)
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    dataloaders, class_names = get_dataloaders("data/leaves", batch_size=32)

    model_ft = models.densenet121(weights=models.DenseNet121_Weights.IMAGENET1K_V1)
    model_ft.classifier = nn.Sequential(
        nn.Dropout(0.3),
        nn.Linear(model_ft.classifier.in_features, len(class_names)),
    )
    model_ft = model_ft.to(device)

    criterion = nn.CrossEntropyLoss()
    optimizer_ft = torch.optim.SGD(model_ft.parameters(), lr=0.002, momentum=0.9)
    exp_lr_scheduler = lr_scheduler.StepLR(optimizer_ft, step_size=7, gamma=0.1)

    model_ft, _ = train_model(
        model_ft, dataloaders, criterion, optimizer_ft, exp_lr_scheduler, device, num_epochs=25
    )
    torch.save({"state_dict": model_ft.state_dict(), "classes": class_names}, "leaf_densenet.pth")


if __name__ == "__main__":
    main()
