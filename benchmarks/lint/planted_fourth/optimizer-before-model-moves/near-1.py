"""Distill a ResNet-50 teacher into a MobileNetV2 student; keeps an EMA copy of the student."""
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms

T = 4.0
ALPHA = 0.7
EMA_DECAY = 0.999


def make_optimizer(net, lr):
    return torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, nesterov=True)


def make_student(num_classes, device):
    net = models.mobilenet_v2(weights=models.MobileNet_V2_Weights.IMAGENET1K_V2)
    net.classifier[1] = nn.Linear(net.last_channel, num_classes)
    return net.to(device)


def make_teacher(path, num_classes):
    net = models.resnet50(weights=None)
    net.fc = nn.Linear(net.fc.in_features, num_classes)
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return net.eval().requires_grad_(False)


def distillation_loss(student_logits, teacher_logits, labels):
    soft = F.kl_div(F.log_softmax(student_logits / T, dim=1), F.softmax(teacher_logits / T, dim=1),
                    reduction="batchmean") * T * T
    return ALPHA * soft + (1 - ALPHA) * F.cross_entropy(student_logits, labels)


@torch.no_grad()
def update_ema(ema, net):
    for e, p in zip(ema.parameters(), net.parameters()):
        e.lerp_(p, 1 - EMA_DECAY)
    for e, b in zip(ema.buffers(), net.buffers()):
        e.copy_(b)


@torch.no_grad()
def evaluate(net, loader, device):
    net.eval()
    hits = total = 0
    for x, y in loader:
        hits += (net(x.to(device)).argmax(1).cpu() == y).sum().item()
        total += y.numel()
    return hits / total


def main(epochs=30, lr=0.01, root="data/food101", teacher_path="teacher_r50.pt"):
    torch.manual_seed(31)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    norm = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    train_tf = transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(),
                                   transforms.ToTensor(), norm])
    val_tf = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), norm])
    train = datasets.ImageFolder(f"{root}/train", train_tf)
    val = datasets.ImageFolder(f"{root}/val", val_tf)
    train_dl = DataLoader(train, 64, shuffle=True, num_workers=8, drop_last=True)
    val_dl = DataLoader(val, 128, num_workers=8)
    n = len(train.classes)

    model = make_student(n, device)
    optimizer = make_optimizer(model, lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)

    teacher = make_teacher(teacher_path, n)
    teacher.to(device)
    ema = copy.deepcopy(model).requires_grad_(False).to(device)

    for epoch in range(epochs):
        model.train()
        running = torch.zeros((), device=device)
        for x, y in train_dl:
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
            with torch.no_grad():
                t_logits = teacher(x)
            loss = distillation_loss(model(x), t_logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            update_ema(ema, model)
            running += loss.detach()
        scheduler.step()
        print(f"epoch {epoch} loss {running.item() / len(train_dl):.4f} "
              f"student {evaluate(model, val_dl, device):.4f} ema {evaluate(ema, val_dl, device):.4f}")
    torch.save(ema.state_dict(), "student_ema.pt")


if __name__ == "__main__":
    main()
