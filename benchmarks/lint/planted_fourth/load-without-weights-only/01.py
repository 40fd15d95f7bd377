import copy
import os

import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms

torch.manual_seed(0)

data_dir = "data/hymenoptera_data"
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")

mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
data_transforms = {
    "train": transforms.Compose([
        transforms.RandomResizedCrop(224),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(mean, std),
    ]),
    "val": transforms.Compose([
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize(mean, std),
    ]),
}
data_transforms["test"] = data_transforms["val"]

image_datasets = {x: datasets.ImageFolder(os.path.join(data_dir, x), data_transforms[x])
                  for x in ["train", "val", "test"]}
dataloaders = {x: DataLoader(image_datasets[x], batch_size=16, shuffle=(x == "train"), num_workers=4)
               for x in ["train", "val", "test"]}
dataset_sizes = {x: len(image_datasets[x]) for x in image_datasets}
class_names = image_datasets["train"].classes

model = models.resnet18(weights=models.ResNet18_Weights.IMAGENET1K_V1)
model.fc = nn.Linear(model.fc.in_features, len(class_names))
model = model.to(device)

criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)


def run(phase):
    is_train = phase == "train"
    model.train(is_train)
    running_loss = torch.zeros((), device=device)
    running_corrects = torch.zeros((), device=device)
    for inputs, labels in dataloaders[phase]:
        inputs, labels = inputs.to(device), labels.to(device)
        with torch.set_grad_enabled(is_train):
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            if is_train:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        running_loss += loss.detach() * inputs.size(0)
        running_corrects += (outputs.argmax(1) == labels).sum()
    return running_loss.item() / dataset_sizes[phase], running_corrects.item() / dataset_sizes[phase]


num_epochs = 20
best_acc = 0.0
for epoch in range(num_epochs):
    train_loss, train_acc = run("train")
    val_loss, val_acc = run("val")
    scheduler.step()
    print(f"Epoch {epoch}/{num_epochs - 1}")
    print(f"  train loss {train_loss:.4f} acc {train_acc:.4f}")
    print(f"  val   loss {val_loss:.4f} acc {val_acc:.4f}")
    if val_acc > best_acc:
        best_acc = val_acc
        torch.save(copy.deepcopy(model.state_dict()), "best_model.pth")

model.load_state_dict(torch.load("best_model.pth", map_location=device))  # PLANTED
test_loss, test_acc = run("test")
print(f"Best val acc {best_acc:.4f}, test acc {test_acc:.4f}")
