"""BERT token classification as a LightningModule."""
import lightning as L
import torch
from transformers import AutoModelForTokenClassification, get_linear_schedule_with_warmup

from conll import Conll


class Ner(L.LightningModule):
    def __init__(self, labels=9, lr=3e-5, decay=0.01, total=3000):
        super().__init__()
        self.save_hyperparameters()
        self.bert = AutoModelForTokenClassification.from_pretrained("bert-base-cased", num_labels=labels)

    def training_step(self, batch, _):
        loss = self.bert(**batch).loss
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        h = self.hparams
        opt = torch.optim.AdamW(self.bert.parameters(), lr=h.lr, weight_decay=h.decay)  # PLANTED
        sched = get_linear_schedule_with_warmup(opt, h.total // 10, h.total)
        return {"optimizer": opt, "lr_scheduler": {"scheduler": sched, "interval": "step"}}


if __name__ == "__main__":
    L.seed_everything(3)
    L.Trainer(max_epochs=3, gradient_clip_val=1.0).fit(Ner(), datamodule=Conll(batch_size=32))
