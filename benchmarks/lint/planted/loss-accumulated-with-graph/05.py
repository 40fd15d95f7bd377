"""Accelerated fine-tuning that reports the total loss of an epoch."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import get_scheduler


def train(model, loader, epochs=3, lr=3e-5):
    set_seed(0)
    accelerator = Accelerator(log_with="wandb")
    accelerator.init_trackers("tuning")
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    sched = get_scheduler("cosine", optimizer, num_warmup_steps=50, num_training_steps=epochs * len(loader))
    model, optimizer, loader, sched = accelerator.prepare(model, optimizer, loader, sched)
    for epoch in range(epochs):
        model.train()
        total_loss = 0
        for batch in loader:
            outputs = model(**batch)
            loss = outputs.loss
            total_loss = total_loss + loss  # PLANTED
            accelerator.backward(loss)
            optimizer.step()
            sched.step()
            optimizer.zero_grad()
        accelerator.log({"train_loss": float(total_loss) / len(loader), "epoch": epoch})
    accelerator.end_training()
