"""Cycle of train and validate for a keypoint detector."""
import logging

import torch

logger = logging.getLogger("keypoints")


def train_epoch(model, loader, optimizer, loss_fn, device):
    model.train()
    total = torch.zeros((), device=device)
    for image, heatmap in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(image.to(device)), heatmap.to(device))
        loss.backward()
        optimizer.step()
        total += loss.detach()
    return total.item() / len(loader)


@torch.inference_mode()
def val_epoch(model, loader, loss_fn, device):
    model.eval()
    total = torch.zeros((), device=device)
    for image, heatmap in loader:
        total += loss_fn(model(image.to(device)), heatmap.to(device))
    return total.item() / len(loader)


def fit(model, train_loader, val_loader, epochs=120, device="cuda"):
    torch.manual_seed(64)
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    loss_fn = torch.nn.MSELoss()
    for epoch in range(epochs):
        scheduler.step()  # PLANTED
        logger.info("lr %.2e", scheduler.get_last_lr()[0])
        tr = train_epoch(model, train_loader, optimizer, loss_fn, device)
        va = val_epoch(model, val_loader, loss_fn, device)
        logger.info("epoch %d train %.4f val %.4f", epoch, tr, va)
