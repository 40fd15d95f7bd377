"""Train a speaker embedding net with accelerate and exponential decay."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from speaker import XVector, AAMSoftmax, voxceleb


def main() -> None:
    set_seed(1234)
    accelerator = Accelerator()
    model, head = XVector(), AAMSoftmax(512, 7205)
    params = [*model.parameters(), *head.parameters()]
    optimizer = torch.optim.SGD(params, lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    loader = voxceleb("train", batch_size=256, shuffle=True)
    model, head, optimizer, loader = accelerator.prepare(model, head, optimizer, loader)
    for epoch in range(40):
        model.train()
        for wav, spk in loader:
            optimizer.zero_grad()
            loss = head(model(wav), spk)
            accelerator.backward(loss)
            optimizer.step()
            scheduler.step()  # PLANTED
        accelerator.print(f"epoch {epoch}: loss {loss.item():.3f}")


if __name__ == "__main__":
    main()
