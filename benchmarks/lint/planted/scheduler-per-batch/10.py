"""kaggle notebook: plant leaves, fold 0"""
# %%
import torch
import timm
from torch import nn
from leaves import train_dl, valid_dl, NUM_CLASSES

torch.manual_seed(719)
epochs = 15
device = "cuda"

# %%
model = timm.create_model("resnext50_32x4d", pretrained=True, num_classes=NUM_CLASSES).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs, eta_min=1e-6)
loss_fn = nn.CrossEntropyLoss()

# %%
for epoch in range(epochs):
    model.train()
    for image, label in train_dl:
        pred = model(image.to(device))
        loss = loss_fn(pred, label.to(device))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()  # PLANTED

    model.eval()
    right = torch.zeros((), device=device)
    with torch.no_grad():
        for image, label in valid_dl:
            right += (model(image.to(device)).argmax(1) == label.to(device)).sum()
    print(f"epoch {epoch}: train {loss.item():.3f} acc {right.item() / len(valid_dl.dataset):.3f}")
