"""Accelerated training of a speech model; the schedule counts updates."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import get_scheduler

from ctc import Model, loader


def main(epochs=10):
    set_seed(6)
    acc = Accelerator()
    dl, model = loader("train", shuffle=True), Model()
    opt = torch.optim.Adam(model.parameters(), lr=3e-4)
    sched = get_scheduler(name="cosine", optimizer=opt, num_warmup_steps=500, num_training_steps=epochs * len(dl))
    model, opt, dl, sched = acc.prepare(model, opt, dl, sched)
    for epoch in range(epochs):
        model.train()
        for batch in dl:
            loss = model(**batch)
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
        sched.step()  # PLANTED
        acc.print(epoch, loss.item())


if __name__ == "__main__":
    main()
