"""Accelerated fine-tuning."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed


def finetune(model, loader, epochs=3):
    set_seed(4)
    accelerator = Accelerator()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-5)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    model.train()
    for _ in range(epochs):  # PLANTED
        for batch in loader:
            with accelerator.accumulate(model):
                accelerator.backward(model(**batch).loss)
                optimizer.step()
                optimizer.zero_grad()
    accelerator.wait_for_everyone()
    return accelerator.unwrap_model(model)
