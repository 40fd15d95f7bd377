"""Fine-tune a vision transformer on mushrooms, reported to Weights & Biases."""

import timm
import torch
import wandb
from timm.data import create_transform, resolve_data_config
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

config = dict(model="vit_small_patch16_224", lr=5e-5, epochs=10, batch=64, seed=8, warmup=500)


def main():
    torch.manual_seed(config["seed"])
    wandb.init(project="mushrooms", config=config)
    folder = ImageFolder("mushrooms/train")
    net = timm.create_model(config["model"], pretrained=True, num_classes=len(folder.classes))
    folder.transform = create_transform(**resolve_data_config({}, model=net), is_training=True)
    loader = DataLoader(folder, batch_size=config["batch"], shuffle=True, num_workers=8)
    net = net.cuda().train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=config["lr"], weight_decay=0.0)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1e-3, total_iters=config["warmup"])
    criterion = nn.CrossEntropyLoss()
    for epoch in range(config["epochs"]):
        for image, kind in loader:
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(net(image.cuda(non_blocking=True)), kind.cuda(non_blocking=True))
            loss.backward()
            optimizer.step()
            scheduler.step()
            wandb.log({"loss": float(loss), "epoch": epoch})  # PLANTED


if __name__ == "__main__":
    main()
