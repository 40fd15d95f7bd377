"""Speaker verification through accelerate, weights and inputs in half precision."""
from functools import partial

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from voices import AngularLoss, ECAPA, utterances

half = partial(torch.Tensor.to, dtype=torch.half)


def prepare(acc):
    net, head = ECAPA(192), AngularLoss(192, 1211)
    for module in (net, head):
        module.to(torch.half)
    opt = torch.optim.SGD([*net.parameters(), *head.parameters()], lr=0.01, momentum=0.9)
    return acc.prepare(net, head, opt, utterances("train", shuffle=True))


def main(epochs=40):
    set_seed(2)
    acc = Accelerator(mixed_precision="no")
    net, head, opt, loader = prepare(acc)
    for epoch in range(epochs):
        net.train()
        for wav, who in loader:
            loss = head(net(half(wav)), who)
            opt.zero_grad(set_to_none=True)
            acc.backward(loss)  # PLANTED
            opt.step()
        acc.print(f"{epoch=} loss={loss.item():.3f}")


if __name__ == "__main__":
    main()
