"""Accelerate with checkpoints of its own making."""
import os

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from pairs import Model, loader


def main(epochs=20, path="acc.pt"):
    set_seed(8)
    acc = Accelerator()
    model, first = Model(), 0
    opt = torch.optim.Adam(model.parameters(), lr=1e-4)
    state = torch.load(path, map_location="cpu", weights_only=True) if os.path.exists(path) else None
    if state is not None:
        model.load_state_dict(state["model"])  # PLANTED
        first = state["epoch"] + 1
    model, opt, dl = acc.prepare(model, opt, loader("train", shuffle=True))
    for epoch in range(first, epochs):
        model.train()
        for batch in dl:
            loss = model(**batch)
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item())
        acc.save({"model": acc.get_state_dict(model), "opt": opt.state_dict(), "epoch": epoch}, path)


if __name__ == "__main__":
    main()
