"""Progress bar with the loss of each batch."""
import torch
import torch.nn.functional as F
from tqdm import tqdm

from hotels import loader, EfficientNet

torch.manual_seed(2)
model = EfficientNet().cuda()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
scaler = torch.amp.GradScaler("cuda")

for epoch in range(10):
    model.train()
    with tqdm(loader("train", shuffle=True), unit="batch") as bar:
        for img, lab in bar:
            bar.set_description(f"Epoch {epoch}")
            optimizer.zero_grad()
            with torch.autocast("cuda"):
                loss = F.cross_entropy(model(img.cuda()), lab.cuda())
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            bar.set_postfix(loss=loss.item())  # PLANTED
