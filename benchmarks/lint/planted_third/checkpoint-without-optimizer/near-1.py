"""Classifies reviews with Accelerate; a state to go on from every epoch, weights to serve at the end."""

from pathlib import Path

import torch
import torch.nn as nn
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.utils.data import DataLoader

from reviews import ReviewDataset, TextCNN


def main():
    set_seed(42)
    accelerator = Accelerator(mixed_precision="bf16")
    model = TextCNN(vocab=50_000, classes=5)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(ReviewDataset("reviews/train.csv"), batch_size=128, shuffle=True)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer.optimizer, step_size=3, gamma=0.5)
    accelerator.register_for_checkpointing(schedule)
    criterion = nn.CrossEntropyLoss()

    folder = Path("reviews/state")
    first = 0
    if folder.exists():
        accelerator.load_state(folder)
        first = int((folder / "epoch").read_text()) + 1

    for epoch in range(first, 10):
        total = torch.zeros((), device=accelerator.device)
        for ids, stars in loader:
            loss = criterion(model(ids), stars)
            optimizer.zero_grad()
            accelerator.backward(loss)
            optimizer.step()
            total += loss.detach()
        schedule.step()
        accelerator.print(f"epoch {epoch}: {total.item() / len(loader):.4f}")
        accelerator.save_state(folder)
        if accelerator.is_main_process:
            (folder / "epoch").write_text(str(epoch))

    accelerator.wait_for_everyone()
    accelerator.save(accelerator.unwrap_model(model).state_dict(), "reviews/textcnn.pt")


if __name__ == "__main__":
    main()
