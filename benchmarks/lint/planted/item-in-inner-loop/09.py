"""Accelerated training that reports the largest gradient norm."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed


def train(model, loader, epochs=3):
    set_seed(8)
    accelerator = Accelerator()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for epoch in range(epochs):
        model.train()
        norms = []
        for batch in loader:
            loss = model(**batch).loss
            optimizer.zero_grad()
            accelerator.backward(loss)
            norm = accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            norms.append(norm.cpu().tolist())  # PLANTED
        accelerator.print(epoch, loss.item(), max(norms))
