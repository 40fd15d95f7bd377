"""Fine-tune a text classifier with Lightning."""
import lightning as L
import torch
from transformers import AutoModelForSequenceClassification

from nli import NLIData


class NLI(L.LightningModule):
    def __init__(self, name="roberta-base", lr=1e-5):
        super().__init__()
        self.save_hyperparameters()
        self.net = AutoModelForSequenceClassification.from_pretrained(name, num_labels=3)

    def training_step(self, batch, _):
        loss = self.net(**batch).loss
        self.log("loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch, _):
        out = self.net(**batch)
        self.log("acc", (out.logits.argmax(-1) == batch["labels"]).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


def main():
    trainer = L.Trainer(max_epochs=3, precision="bf16-mixed", accelerator="gpu", devices=1)
    trainer.fit(NLI(), datamodule=NLIData(batch_size=16))  # PLANTED


if __name__ == "__main__":
    main()
