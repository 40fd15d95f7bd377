"""Point clouds to object classes, with gradients accumulated over four scans."""

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn
from torch.utils.data import DataLoader

from scans import PointNet, ScanObjects


def halve_every(epochs):
    return lambda epoch: 0.5 ** (epoch // epochs)


def main():
    set_seed(2)
    accelerator = Accelerator(gradient_accumulation_steps=4, step_scheduler_with_optimizer=False)
    model = PointNet(num_classes=40)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, halve_every(20))
    train = DataLoader(ScanObjects("train"), batch_size=8, shuffle=True, num_workers=4)
    val = DataLoader(ScanObjects("val"), batch_size=32)
    model, optimizer, scheduler, train, val = accelerator.prepare(
        model, optimizer, scheduler, train, val
    )

    for epoch in range(200):
        model.train()
        for points, label in train:
            with accelerator.accumulate(model):
                loss = nn.functional.cross_entropy(model(points), label)
                accelerator.backward(loss)
                optimizer.step()
                if accelerator.sync_gradients:
                    scheduler.step()  # PLANTED
                optimizer.zero_grad()

        model.eval()
        hits = []
        with torch.no_grad():
            for points, label in val:
                hits.append(accelerator.gather_for_metrics(model(points).argmax(1) == label))
        accuracy = torch.cat(hits).float().mean().item()
        accelerator.print(f"epoch {epoch} loss {loss.item():.3f} accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
