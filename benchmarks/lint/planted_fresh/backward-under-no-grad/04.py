"""Classify flowers with one function for both phases, gradients switched on or off by a flag."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer
from torch.utils.data import DataLoader
from torchvision.datasets import Flowers102
from torchvision.models import resnet18
from torchvision.transforms import v2

EVALUATION = v2.Compose(
    [v2.Resize(256), v2.CenterCrop(224), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
)
AUGMENT = v2.Compose(
    [v2.RandomResizedCrop(224), v2.RandomHorizontalFlip(), v2.ToImage(),
     v2.ToDtype(torch.float32, scale=True)]
)


def run_epoch(
    model: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    optimizer: Optimizer | None = None,
) -> tuple[float, float]:
    evaluating = optimizer is None
    model.train(not evaluating)
    loss_sum = torch.zeros((), device="cuda")
    hits = torch.zeros((), device="cuda")
    seen = 0
    with torch.set_grad_enabled(evaluating):
        for images, labels in batches:
            images, labels = images.cuda(), labels.cuda()
            logits = model(images)
            loss = nn.functional.cross_entropy(logits, labels)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()  # PLANTED
                optimizer.step()
            loss_sum += loss.detach() * len(labels)
            hits += (logits.argmax(1) == labels).sum()
            seen += len(labels)
    return loss_sum.item() / seen, hits.item() / seen


def main() -> None:
    torch.manual_seed(102)
    train = DataLoader(Flowers102("data", "train", AUGMENT), batch_size=32, shuffle=True)
    val = DataLoader(Flowers102("data", "val", EVALUATION), batch_size=64)
    model = resnet18(num_classes=102).cuda()
    optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(40):
        print(epoch, "train", *run_epoch(model, train, optimizer), "val", *run_epoch(model, val))


if __name__ == "__main__":
    main()
