"""Notebook: DenseNet on galaxies, regression of 37 probabilities"""
# %%
import torch
import torchvision
from torch import nn
from galaxies import train_dl

torch.manual_seed(37)
model = torchvision.models.densenet121(weights="DEFAULT")
model = model.to("cuda")

# %%
optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)  # PLANTED
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)

# %%
model.classifier = nn.Sequential(nn.Linear(1024, 37), nn.Sigmoid()).to("cuda")
loss_fn = nn.MSELoss()

# %%
for epoch in range(10):
    model.train()
    for img, votes in train_dl:
        pred = model(img.to("cuda"))
        loss = loss_fn(pred, votes.to("cuda"))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    print(epoch, loss.item() ** 0.5)
