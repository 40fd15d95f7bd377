"""AMP training of a classifier."""
import torch
from torch.nn import functional as F


def train_one_epoch(model, loader, optimizer, scaler):
    model.train()
    for step, (x, y) in enumerate(loader):
        x, y = x.cuda(), y.cuda()
        optimizer.zero_grad(set_to_none=True)
        with torch.inference_mode():
            with torch.autocast("cuda", dtype=torch.float16):
                logits = model(x)
                loss = F.cross_entropy(logits, y)
            scaler.scale(loss).backward()  # PLANTED
        scaler.step(optimizer)
        scaler.update()
        if step % 100 == 0:
            print(step, loss.item())


def main(model, loader, epochs=10):
    torch.manual_seed(6)
    model.cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cuda")
    for _ in range(epochs):
        train_one_epoch(model, loader, optimizer, scaler)
