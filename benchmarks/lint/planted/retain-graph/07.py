"""Accelerated reader of long documents."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from longdoc import Reader, documents


def main():
    set_seed(6)
    acc = Accelerator()
    model = Reader()
    opt = torch.optim.Adam(model.parameters(), lr=1e-4)
    model, opt, loader = acc.prepare(model, opt, documents("train", shuffle=True))
    for epoch in range(5):
        model.train()
        for batch in loader:
            loss = model(batch["ids"], batch["labels"])
            opt.zero_grad()
            acc.backward(loss, retain_graph=True)  # PLANTED
            opt.step()
        acc.print(epoch, loss.item())


if __name__ == "__main__":
    main()
