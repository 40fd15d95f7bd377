"""Reader of long documents with manual optimisation in Lightning."""
import lightning as L
import torch

from longdoc import Documents, Reader


class LongReader(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = False
        self.reader = Reader()

    def training_step(self, batch, i):
        opt = self.optimizers()
        loss = self.reader(batch["ids"], batch["labels"])
        opt.zero_grad()
        self.manual_backward(loss, retain_graph=True)  # PLANTED
        opt.step()
        self.log("loss", loss)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-4)


if __name__ == "__main__":
    L.seed_everything(6)
    L.Trainer(max_epochs=5).fit(LongReader(), datamodule=Documents())
