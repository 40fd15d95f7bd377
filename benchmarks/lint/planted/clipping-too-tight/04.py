"""Speech synthesis under a Lightning trainer that clips."""
import lightning as L
import torch
from lightning.pytorch.callbacks import LearningRateMonitor

from tts import FastSpeech, Utterances


class Synth(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = FastSpeech()

    def training_step(self, batch, _):
        loss = self.net(**batch)
        self.log("loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-2)


def main():
    L.seed_everything(3)
    trainer = L.Trainer(
        max_epochs=100,
        callbacks=[LearningRateMonitor()],
        gradient_clip_val=1e-5,  # PLANTED
        gradient_clip_algorithm="norm",
    )
    trainer.fit(Synth(), datamodule=Utterances())


if __name__ == "__main__":
    main()
