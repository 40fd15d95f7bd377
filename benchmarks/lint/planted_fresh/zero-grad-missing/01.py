"""Segment organs with accelerate and a batch made of eight small ones."""

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn
from torch.utils.data import DataLoader

from organs import OrganSlices, ResUNet  # slice (1, 256, 256), organ (256, 256)


def evaluate(accelerator, model, loader):
    model.eval()
    right = []
    with torch.no_grad():
        for image, organ in loader:
            hit = (model(image).argmax(1) == organ).float().mean((1, 2))
            right.append(accelerator.gather_for_metrics(hit))
    model.train()
    return torch.cat(right).mean().item()


def main():
    set_seed(5)
    accelerator = Accelerator(gradient_accumulation_steps=8, mixed_precision="bf16")
    model = ResUNet(classes=14)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    train = DataLoader(OrganSlices("train"), batch_size=4, shuffle=True, num_workers=4)
    val = DataLoader(OrganSlices("val"), batch_size=16, num_workers=4)
    model, optimizer, train, val = accelerator.prepare(model, optimizer, train, val)
    criterion = nn.CrossEntropyLoss()

    for epoch in range(40):
        total = torch.zeros((), device=accelerator.device)
        for image, organ in train:
            with accelerator.accumulate(model):
                loss = criterion(model(image), organ)
                accelerator.backward(loss)  # PLANTED
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(model.parameters(), 5.0)
                optimizer.step()
            total += loss.detach()
        accuracy = evaluate(accelerator, model, val)
        accelerator.print(f"epoch {epoch} loss {total.item() / len(train):.4f} acc {accuracy:.4f}")


if __name__ == "__main__":
    main()
