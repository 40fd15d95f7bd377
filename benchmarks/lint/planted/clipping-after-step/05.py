"""Accelerate: train a music transformer."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import get_cosine_schedule_with_warmup

from music import MusicTransformer, maestro


def main():
    set_seed(123)
    acc = Accelerator(gradient_accumulation_steps=4, mixed_precision="bf16")
    model = MusicTransformer()
    opt = torch.optim.Adam(model.parameters(), lr=2e-4)
    loader = maestro("train", shuffle=True)
    sched = get_cosine_schedule_with_warmup(opt, 1000, 50 * len(loader))
    model, opt, loader, sched = acc.prepare(model, opt, loader, sched)
    for epoch in range(50):
        model.train()
        for batch in loader:
            with acc.accumulate(model):
                loss = model(batch)["loss"]
                acc.backward(loss)
                opt.step()
                sched.step()
                if acc.sync_gradients:
                    acc.clip_grad_norm_(model.parameters(), 1.0)  # PLANTED
                opt.zero_grad()
        acc.print(f"epoch {epoch} loss {loss.item():.3f}")


if __name__ == "__main__":
    main()
