"""Named entities with accelerate in half precision."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from ner import build, loader


def main():
    set_seed(7)
    accelerator = Accelerator(mixed_precision="fp16")
    model = build()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-5)
    model, optimizer, train = accelerator.prepare(model, optimizer, loader("train", shuffle=True))
    for epoch in range(4):
        model.train()
        for batch in train:
            optimizer.zero_grad()
            with accelerator.autocast():
                loss = model(**batch).loss
                accelerator.backward(loss)  # PLANTED
            optimizer.step()
        accelerator.print(epoch, loss.item())


if __name__ == "__main__":
    main()
