"""Fine-tune ConvNeXt on birds with rates that fall from the head to the stem."""

from collections.abc import Iterator

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from torch.utils.data import DataLoader
from torchvision.models import ConvNeXt_Tiny_Weights, convnext_tiny

from birds import Cub200


def layerwise(model: nn.Module, top: float, falloff: float) -> Iterator[dict]:
    stages = [*model.features, model.classifier]
    for depth, stage in enumerate(reversed(stages)):
        yield {"params": stage.parameters(), "lr": top * falloff**depth}


def main() -> None:
    torch.manual_seed(200)
    weights = ConvNeXt_Tiny_Weights.DEFAULT
    model = convnext_tiny(weights=weights)
    model.classifier[2] = nn.Linear(768, 200)
    model = model.cuda()
    loader = DataLoader(
        Cub200("train", weights.transforms()), batch_size=64, shuffle=True, num_workers=8
    )

    opt = torch.optim.AdamW(layerwise(model, top=1e-3, falloff=0.75), weight_decay=0.05)  # PLANTED
    epochs, rise = 40, 5
    sched = SequentialLR(
        opt,
        [LinearLR(opt, 0.1, total_iters=rise), CosineAnnealingLR(opt, epochs - rise)],
        milestones=[rise],
    )
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    for epoch in range(epochs):
        model.train()
        total = torch.zeros((), device="cuda")
        for x, y in loader:
            opt.zero_grad()
            loss = criterion(model(x.cuda()), y.cuda())
            loss.backward()
            opt.step()
            total += loss.detach()
        sched.step()
        print(f"epoch {epoch} loss {total.item() / len(loader):.3f}")


if __name__ == "__main__":
    main()
