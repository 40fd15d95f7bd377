"""Accelerated training of a speech synthesiser."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from tts import FastSpeech, utterances

MAX_NORM = 1e-5


def main(epochs=100):
    set_seed(3)
    acc = Accelerator()
    net = FastSpeech()
    opt = torch.optim.SGD(net.parameters(), lr=1e-2)
    net, opt, loader = acc.prepare(net, opt, utterances("train", shuffle=True))
    for epoch in range(epochs):
        net.train()
        for batch in loader:
            loss = net(**batch)
            opt.zero_grad()
            acc.backward(loss)
            acc.clip_grad_norm_(net.parameters(), MAX_NORM)  # PLANTED
            opt.step()
        acc.print(epoch, loss.item())


if __name__ == "__main__":
    main()
