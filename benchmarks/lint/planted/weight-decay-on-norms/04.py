"""BERT fine-tuning with accelerate."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import AutoModelForTokenClassification, get_linear_schedule_with_warmup


def main(loader, labels=9, epochs=3):
    set_seed(3)
    acc = Accelerator()
    model = AutoModelForTokenClassification.from_pretrained("bert-base-cased", num_labels=labels)
    optimizer = torch.optim.AdamW(params=model.parameters(), lr=3e-5, eps=1e-8, weight_decay=0.01)  # PLANTED
    sched = get_linear_schedule_with_warmup(optimizer, 100, epochs * len(loader))
    model, optimizer, loader, sched = acc.prepare(model, optimizer, loader, sched)
    for epoch in range(epochs):
        model.train()
        for batch in loader:
            loss = model(**batch).loss
            optimizer.zero_grad()
            acc.backward(loss)
            optimizer.step()
            sched.step()
        acc.print(epoch, loss.item())
