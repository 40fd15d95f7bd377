import os

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms

torch.manual_seed(123)
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")

data_dir = "data/pets"
batch_size = 32
num_epochs = 15

data_transforms = {
    "train": transforms.Compose([
        transforms.RandomResizedCrop(224),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]),
    "val": transforms.Compose([
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]),
}

train_dataset = datasets.ImageFolder(os.path.join(data_dir, "train"), data_transforms["train"])
val_dataset = datasets.ImageFolder(os.path.join(data_dir, "val"), data_transforms["val"])

train_loader = DataLoader(train_dataset, batch_size=batch_size, num_workers=4)  # PLANTED
val_loader = DataLoader(val_dataset, batch_size=batch_size, num_workers=4)

class_names = train_dataset.classes
print("classes:", class_names)

model = models.efficientnet_b0(weights=models.EfficientNet_B0_Weights.DEFAULT)
model.classifier[1] = nn.Linear(model.classifier[1].in_features, len(class_names))
model = model.to(device)

criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.3)

best_acc = 0.0
history = {"train_loss": [], "val_loss": [], "val_acc": []}

for epoch in range(num_epochs):
    # --- train ---
    model.train()
    train_loss = torch.zeros((), device=device)
    for images, labels in train_loader:
        images = images.to(device)
        labels = labels.to(device)

        optimizer.zero_grad()
        outputs = model(images)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()

        train_loss += loss.detach() * images.size(0)
    scheduler.step()

    # --- validate ---
    model.eval()
    val_loss = torch.zeros((), device=device)
    correct = torch.zeros((), device=device)
    with torch.no_grad():
        for images, labels in val_loader:
            images = images.to(device)
            labels = labels.to(device)
            outputs = model(images)
            val_loss += criterion(outputs, labels) * images.size(0)
            correct += (outputs.argmax(dim=1) == labels).sum()

    history["train_loss"].append(train_loss.item() / len(train_dataset))
    history["val_loss"].append(val_loss.item() / len(val_dataset))
    history["val_acc"].append(correct.item() / len(val_dataset))
    print("epoch {}/{}".format(epoch + 1, num_epochs), {k: round(v[-1], 4) for k, v in history.items()})

    if history["val_acc"][-1] > best_acc:
        best_acc = history["val_acc"][-1]
        torch.save(model.state_dict(), "pets_best.pth")

print("Best val acc: {:.4f}".format(best_acc))
