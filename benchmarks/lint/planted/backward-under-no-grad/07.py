"""Fine-tune a head on a frozen encoder with accelerate."""
import contextlib

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from clip_head import Encoder, Head, pairs


def main(freeze_encoder=True):
    set_seed(3)
    accelerator = Accelerator()
    encoder, head = Encoder(), Head()
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-4)
    encoder, head, optimizer, loader = accelerator.prepare(encoder, head, optimizer, pairs(shuffle=True))
    encoder.eval()
    for epoch in range(5):
        for step, (image, label) in enumerate(loader):
            optimizer.zero_grad()
            with contextlib.ExitStack() as stack:
                stack.enter_context(torch.no_grad())
                z = encoder(image)
                loss = torch.nn.functional.cross_entropy(head(z), label)
                accelerator.backward(loss)  # PLANTED
            optimizer.step()
            if step % 50 == 0:
                accelerator.print(epoch, step, loss.item())


if __name__ == "__main__":
    main()
