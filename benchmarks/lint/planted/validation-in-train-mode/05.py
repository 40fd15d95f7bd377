"""Fine-tune a summariser through Fabric and evaluate after each epoch."""
import lightning as L
import torch


class Loop:
    def __init__(self, fabric, model, optimizer):
        self.fabric, self.model, self.optimizer = fabric, model, optimizer

    def train(self, loader):
        self.model.train()
        for batch in loader:
            loss = self.model(**batch).loss
            self.optimizer.zero_grad()
            self.fabric.backward(loss)
            self.optimizer.step()
        return loss.detach()

    @torch.inference_mode()
    def score(self, loader):
        losses = []
        for batch in loader:  # PLANTED
            losses.append(self.model(**batch).loss)
        return self.fabric.all_reduce(torch.stack(losses).mean())


def training(model, train_dl, eval_dl, epochs=3):
    fabric = L.Fabric(precision="bf16-mixed")
    fabric.launch()
    fabric.seed_everything(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-5)
    model, optimizer = fabric.setup(model, optimizer)
    train_dl, eval_dl = fabric.setup_dataloaders(train_dl, eval_dl)
    loop = Loop(fabric, model, optimizer)
    for epoch in range(epochs):
        fabric.print(epoch, loop.train(train_dl).item(), loop.score(eval_dl).item())
