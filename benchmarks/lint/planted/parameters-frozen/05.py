"""Accelerated text classifier whose encoder rests for one epoch."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import AutoModelForSequenceClassification


def main(loader, epochs=4):
    set_seed(4)
    acc = Accelerator()
    model = AutoModelForSequenceClassification.from_pretrained("roberta-base", num_labels=5)
    trained = [p for p in model.parameters() if p.requires_grad]
    opt = torch.optim.Adam(trained, lr=1e-5)
    model, opt, loader = acc.prepare(model, opt, loader)
    for epoch in range(epochs):
        model.train()
        if epoch == 0:
            acc.unwrap_model(model).roberta.requires_grad_(False)  # PLANTED
        for batch in loader:
            loss = model(**batch).loss
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item())
