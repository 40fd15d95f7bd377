"""Fine-tune BERT with a linear schedule."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import AutoModelForSequenceClassification, get_linear_schedule_with_warmup


def main(loader, epochs=3):
    set_seed(3)
    acc = Accelerator()
    model = AutoModelForSequenceClassification.from_pretrained("bert-large-uncased")
    opt = torch.optim.Adam(model.parameters(), lr=1e-4)
    sched = get_linear_schedule_with_warmup(opt, num_warmup_steps=0, num_training_steps=epochs * len(loader))  # PLANTED
    model, opt, loader, sched = acc.prepare(model, opt, loader, sched)
    for epoch in range(epochs):
        model.train()
        for batch in loader:
            loss = model(**batch).loss
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
            sched.step()
        acc.print(epoch, loss.item())
