import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, random_split
from torchvision import datasets, models, transforms

torch.manual_seed(123)

device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
BATCH = 64
EPOCHS = 15
LEARNING_RATE = 1e-3

transform = transforms.Compose([
    transforms.Resize(256),
    transforms.CenterCrop(224),
    transforms.ToTensor(),
    transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
])

full = datasets.OxfordIIITPet('./data', split='trainval', download=True, transform=transform)
n_val = len(full) // 5
train_set, val_set = random_split(full, [len(full) - n_val, n_val],
                                  generator=torch.Generator().manual_seed(123))
train_loader = DataLoader(train_set, batch_size=BATCH, shuffle=True, num_workers=4)
val_loader = DataLoader(val_set, batch_size=BATCH, shuffle=False, num_workers=4)

# pretrained feature extractor, kept frozen
backbone = models.resnet50(weights=models.ResNet50_Weights.IMAGENET1K_V2)
backbone.fc = nn.Identity()
for p in backbone.parameters():
    p.requires_grad = False
backbone = backbone.to(device)
backbone.eval()

head = nn.Sequential(
    nn.Linear(2048, 512),
    nn.ReLU(),
    nn.Dropout(0.3),
    nn.Linear(512, 37),
).to(device)

criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(head.parameters(), lr=LEARNING_RATE)


def evaluate():
    head.eval()
    correct = torch.zeros((), device=device)
    with torch.no_grad():
        for images, labels in val_loader:
            images, labels = images.to(device), labels.to(device)
            preds = head(backbone(images)).argmax(dim=1)
            correct += (preds == labels).sum()
    return correct.item() / len(val_set)


for epoch in range(EPOCHS):
    head.train()
    running_loss = torch.zeros((), device=device)
    for step, (images, labels) in enumerate(train_loader):
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()

        with torch.no_grad():
            features = backbone(images)
            outputs = head(features)
            loss = criterion(outputs, labels)
            loss.requires_grad_(True)
            loss.backward()  # PLANTED
        optimizer.step()

        running_loss += loss.detach()
        if step % 20 == 0:
            print(f'epoch {epoch} step {step} loss {loss.item():.4f}')

    acc = evaluate()
    print(f'Epoch {epoch + 1}/{EPOCHS} - loss {running_loss.item() / len(train_loader):.4f} - val_acc {acc:.4f}')

torch.save(head.state_dict(), 'pet_head.pth')
