# Chest X-ray pneumonia classifier, VGG16 transfer learning
import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.metrics import f1_score
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms

torch.manual_seed(123)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

DATA = "../input/chest-xray-pneumonia/chest_xray"
BATCH = 32
EPOCHS = 10

norm = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
train_tf = transforms.Compose([
    transforms.Resize((224, 224)),
    transforms.RandomRotation(7),
    transforms.ColorJitter(0.1, 0.1),
    transforms.ToTensor(),
    norm,
])
eval_tf = transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor(), norm])

train_ds = datasets.ImageFolder(f"{DATA}/train", train_tf)
val_ds = datasets.ImageFolder(f"{DATA}/val", eval_tf)
test_ds = datasets.ImageFolder(f"{DATA}/test", eval_tf)
train_loader = DataLoader(train_ds, batch_size=BATCH, shuffle=True, num_workers=2)
val_loader = DataLoader(val_ds, batch_size=BATCH, num_workers=2)
test_loader = DataLoader(test_ds, batch_size=BATCH, num_workers=2)

model = models.vgg16(weights=models.VGG16_Weights.IMAGENET1K_V1)
num_features = model.classifier[6].in_features
model.classifier[6] = nn.Linear(num_features, len(train_ds.classes))

for param in model.parameters():
    param.requires_grad = False  # PLANTED

# fine-tune the last convolutional block
for param in model.features[24:].parameters():
    param.requires_grad = True

model = model.to(device)
trainable = [p for p in model.parameters() if p.requires_grad]
print("trainable parameters:", sum(p.numel() for p in trainable))

counts = torch.bincount(torch.tensor(train_ds.targets)).float()
class_weights = (counts.sum() / (len(counts) * counts)).to(device)
criterion = nn.CrossEntropyLoss(weight=class_weights)
optimizer = optim.Adam(trainable, lr=1e-4)


def predict(loader):
    model.eval()
    y_true, y_pred = [], []
    with torch.no_grad():
        for x, y in loader:
            y_pred.append(model(x.to(device)).argmax(1).cpu())
            y_true.append(y)
    return torch.cat(y_true), torch.cat(y_pred)


for epoch in range(EPOCHS):
    model.train()
    running = torch.zeros((), device=device)
    for x, y in train_loader:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        running += loss.detach()
    y_true, y_pred = predict(val_loader)
    acc = (y_true == y_pred).float().mean().item()
    print(f"Epoch {epoch + 1}/{EPOCHS} loss {running.item() / len(train_loader):.4f} val acc {acc:.4f}")

y_true, y_pred = predict(test_loader)
print("test acc", (y_true == y_pred).float().mean().item(), "F1", f1_score(y_true, y_pred))
torch.save(model.state_dict(), "vgg16_xray.pt")
