"""Matching network on Omniglot in Lightning; the rate halves after 20, 40 and 60 epochs."""
import lightning as L
import torch
import torch.nn.functional as F

from matching import MatchingNet
from omniglot import Episodes


class Matching(L.LightningModule):
    def __init__(self, lr=1e-3):
        super().__init__()
        self.lr = lr
        self.net = MatchingNet()

    def training_step(self, batch, _):
        support, query, labels = batch
        loss = F.cross_entropy(self.net(support, query), labels)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        opt = torch.optim.Adam(self.parameters(), lr=self.lr)
        halves = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=[20, 40, 60], gamma=0.5)
        return {"optimizer": opt, "lr_scheduler": {"scheduler": halves, "interval": "step"}}  # PLANTED


def main():
    L.seed_everything(55)
    trainer = L.Trainer(max_epochs=70, log_every_n_steps=20)
    trainer.fit(Matching(), datamodule=Episodes(n_way=5, k_shot=1))


if __name__ == "__main__":
    main()
