"""Speech recognition in Lightning; the step hands its loss to the trainer."""
import lightning as L
import torch
from transformers import AutoModelForCTC

from libri import Libri


class Recogniser(L.LightningModule):
    def __init__(self, name="facebook/wav2vec2-base-960h", lr=1e-5):
        super().__init__()
        self.save_hyperparameters()
        self.net = AutoModelForCTC.from_pretrained(name)

    def training_step(self, batch, batch_idx):
        out = self.net(**batch)
        self.log("loss", out.loss, prog_bar=True)
        return out.loss.clone().detach().requires_grad_()  # PLANTED

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", self.net(**batch).loss)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


if __name__ == "__main__":
    L.seed_everything(5)
    L.Trainer(max_epochs=2, accelerator="gpu").fit(Recogniser(), datamodule=Libri())
