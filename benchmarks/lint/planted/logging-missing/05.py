"""Tune a captioner through Fabric and return it."""
import lightning as L
import torch


def finetune(model, loader, epochs=3):
    fabric = L.Fabric(precision="bf16-mixed")
    fabric.launch()
    fabric.seed_everything(4)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-5)
    model, optimizer = fabric.setup(model, optimizer)
    loader = fabric.setup_dataloaders(loader)
    model.train()
    for _ in range(epochs):  # PLANTED
        for i, batch in enumerate(loader):
            last = (i + 1) % 4 == 0
            with fabric.no_backward_sync(model, enabled=not last):
                fabric.backward(model(**batch).loss / 4)
            if last:
                optimizer.step()
                optimizer.zero_grad()
    fabric.barrier()
    return model.module
