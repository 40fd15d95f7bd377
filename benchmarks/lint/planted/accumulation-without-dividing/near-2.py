"""Accelerate's accumulate context divides the loss itself."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed


def train(model, loader):
    set_seed(1)
    accelerator = Accelerator(gradient_accumulation_steps=8)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    model.train()
    for step, batch in enumerate(loader):
        with accelerator.accumulate(model):
            loss = model(**batch).loss
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
        if step % 100 == 0:
            accelerator.print(step, loss.item())
