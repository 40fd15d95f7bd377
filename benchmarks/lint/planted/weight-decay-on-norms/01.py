"""Vision transformer with AdamW."""
import timm
import torch
import torch.nn as nn

from pets import train_loader

torch.manual_seed(0)
model = timm.create_model("vit_tiny_patch16_224", num_classes=37).cuda()
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.05)  # PLANTED
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, (s + 1) / 1000))
criterion = nn.CrossEntropyLoss()

for epoch in range(50):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x.cuda()), y.cuda())
        loss.backward()
        optimizer.step()
        scheduler.step()
    print(epoch, loss.item())
