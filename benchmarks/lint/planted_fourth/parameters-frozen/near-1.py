"""Two-phase fine-tuning of ConvNeXt: head only at first, then the whole network."""
import argparse

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.models import ConvNeXt_Tiny_Weights, convnext_tiny


def set_trainable(module: nn.Module, flag: bool) -> None:
    for p in module.parameters():
        p.requires_grad = flag


def build_model(num_classes: int) -> nn.Module:
    net = convnext_tiny(weights=ConvNeXt_Tiny_Weights.IMAGENET1K_V1)
    set_trainable(net, False)
    net.classifier[2] = nn.Linear(net.classifier[2].in_features, num_classes)
    return net


def build_optimizer(net: nn.Module, head_lr: float, body_lr: float) -> torch.optim.Optimizer:
    head = list(net.classifier[2].parameters())
    head_ids = {id(p) for p in head}
    body = [p for p in net.parameters() if id(p) not in head_ids]
    return torch.optim.Adam([{"params": head, "lr": head_lr}, {"params": body, "lr": body_lr}])


def loaders(root: str, batch: int):
    norm = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    train_tf = transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(),
                                   transforms.ToTensor(), norm])
    val_tf = transforms.Compose([transforms.Resize(236), transforms.CenterCrop(224), transforms.ToTensor(), norm])
    train = datasets.ImageFolder(f"{root}/train", train_tf)
    val = datasets.ImageFolder(f"{root}/val", val_tf)
    return (DataLoader(train, batch, shuffle=True, num_workers=4, pin_memory=True),
            DataLoader(val, batch * 2, num_workers=4, pin_memory=True), train.classes)


@torch.no_grad()
def evaluate(net, loader, device):
    net.eval()
    hits = 0
    for x, y in loader:
        hits += (net(x.to(device)).argmax(1).cpu() == y).sum().item()
    return hits / len(loader.dataset)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("root")
    ap.add_argument("--batch", type=int, default=32)
    ap.add_argument("--epochs", type=int, default=12)
    ap.add_argument("--head-epochs", type=int, default=2)
    ap.add_argument("--head-lr", type=float, default=1e-3)
    ap.add_argument("--body-lr", type=float, default=3e-5)
    args = ap.parse_args()

    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train, val, classes = loaders(args.root, args.batch)
    net = build_model(len(classes)).to(device)
    optimizer = build_optimizer(net, args.head_lr, args.body_lr)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    best = 0.0
    for epoch in range(args.epochs):
        if epoch == args.head_epochs:
            set_trainable(net, True)
        net.train()
        running = torch.zeros((), device=device)
        for x, y in train:
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(net(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            running += loss.detach()
        acc = evaluate(net, val, device)
        print(f"epoch {epoch} loss {running.item() / len(train):.4f} val {acc:.4f}")
        if acc > best:
            best = acc
            torch.save({"model": net.state_dict(), "classes": classes}, "convnext_best.pt")


if __name__ == "__main__":
    main()
