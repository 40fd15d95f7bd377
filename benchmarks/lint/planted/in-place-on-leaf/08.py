"""Weights of a pruned network are masked after each update (Fabric)."""
import lightning as L
import torch

from sparse import LeNet, loader


class Pruner:
    def __init__(self, model, keep=0.2):
        self.model, self.masks = model, {}
        for name, p in model.named_parameters():
            if p.dim() > 1:
                k = max(1, int(p.numel() * keep))
                size = p.detach().abs()
                self.masks[name] = (size >= size.flatten().topk(k).values[-1]).float()

    def apply(self):
        for name, p in self.model.named_parameters():
            if name in self.masks:
                p *= self.masks[name]  # PLANTED


def main():
    fabric = L.Fabric(accelerator="cpu")
    fabric.launch()
    fabric.seed_everything(0)
    model = LeNet()
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    pruner = Pruner(model)
    model, opt = fabric.setup(model, opt)
    for epoch in range(10):
        model.train()
        for x, y in fabric.setup_dataloaders(loader("train", shuffle=True)):
            loss = torch.nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            fabric.backward(loss)
            opt.step()
            pruner.apply()
        fabric.print(epoch, loss.item())


if __name__ == "__main__":
    main()
