"""Causal language model with manual optimisation in Lightning, eight micro-batches a step."""
import lightning as L
import torch
from transformers import AutoModelForCausalLM

from chat import ChatData


class Tuner(L.LightningModule):
    def __init__(self, name="EleutherAI/pythia-160m", micro=8):
        super().__init__()
        self.automatic_optimization = False
        self.micro = micro
        self.lm = AutoModelForCausalLM.from_pretrained(name)

    def training_step(self, batch, i):
        opt = self.optimizers()
        loss = self.lm(**batch).loss
        self.manual_backward(loss)  # PLANTED
        if (i + 1) % self.micro == 0:
            self.clip_gradients(opt, gradient_clip_val=1.0, gradient_clip_algorithm="norm")
            opt.step()
            opt.zero_grad()
        self.log("loss", loss)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-5)


if __name__ == "__main__":
    L.seed_everything(9)
    L.Trainer(max_epochs=1, precision="bf16-mixed").fit(Tuner(), datamodule=ChatData(batch_size=4))
