"""Reward model on preference pairs."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import AutoModelForSequenceClassification, get_linear_schedule_with_warmup


def preference_loss(better, worse):
    prob = torch.sigmoid(better - worse)  # PLANTED
    return torch.nn.functional.binary_cross_entropy_with_logits(prob, torch.ones_like(prob))


def main(loader, name="distilroberta-base", epochs=1):
    set_seed(18)
    accelerator = Accelerator()
    model = AutoModelForSequenceClassification.from_pretrained(name, num_labels=1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-5)
    scheduler = get_linear_schedule_with_warmup(optimizer, 100, epochs * len(loader))
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    model.train()
    for epoch in range(epochs):
        for step, (good, bad) in enumerate(loader):
            better = model(**good).logits.squeeze(-1)
            worse = model(**bad).logits.squeeze(-1)
            loss = preference_loss(better, worse)
            optimizer.zero_grad()
            accelerator.backward(loss)
            optimizer.step()
            scheduler.step()
            if step % 50 == 0:
                accelerator.print(f"step {step} loss {loss.item():.4f}")
