"""Mixed precision with the names that hold for every device."""
import torch
from torch import nn
from torch.amp import GradScaler, autocast


def train(model, loader, device="cuda"):
    torch.manual_seed(0)
    model.to(device).train()
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    scaler = GradScaler(device)
    for step, (x, y) in enumerate(loader):
        opt.zero_grad()
        with autocast(device_type=device):
            loss = nn.functional.cross_entropy(model(x.to(device)), y.to(device))
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
        if step % 100 == 0:
            print(step, loss.item())
