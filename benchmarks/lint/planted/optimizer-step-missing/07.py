"""Text-to-speech with two losses and manual optimisation in Lightning."""
import lightning as L
import torch

from aligner import Aligner, SpeechData


class Speech(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = False
        self.aligner = Aligner()

    def training_step(self, batch, _):
        opt = self.optimizers()
        opt.zero_grad()
        out = self.aligner(batch["mel"], batch["phones"])
        loss = out["align"] + 0.1 * out["duration"]
        self.manual_backward(loss)  # PLANTED
        self.clip_gradients(opt, gradient_clip_val=1.0, gradient_clip_algorithm="norm")
        self.log_dict({"loss": loss, "align": out["align"]})

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-4)


def run():
    L.seed_everything(2)
    L.Trainer(max_epochs=20, accelerator="gpu", devices=1).fit(Speech(), SpeechData())


if __name__ == "__main__":
    run()
