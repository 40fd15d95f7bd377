"""Adapt a text classifier with accelerate."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import AutoModelForSequenceClassification, get_linear_schedule_with_warmup


def main(loader, epochs=3):
    set_seed(3)
    acc = Accelerator()
    model = AutoModelForSequenceClassification.from_pretrained("microsoft/deberta-v3-small")
    opt = torch.optim.Adam(model.parameters(), lr=2e-5)
    sched = get_linear_schedule_with_warmup(opt, 100, epochs * len(loader))
    model, opt, loader, sched = acc.prepare(model, opt, loader, sched)
    for epoch in range(epochs):
        model.eval()  # PLANTED
        for batch in loader:
            loss = model(**batch).loss
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
            sched.step()
        acc.print(epoch, loss.item())
