"""Fine-tune a summariser with accelerate and evaluate after each epoch."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed


def evaluation(accelerator, model, loader):
    losses = []
    for batch in loader:  # PLANTED
        with torch.no_grad():
            out = model(**batch)
        losses.append(accelerator.gather_for_metrics(out.loss.repeat(len(batch["input_ids"]))))
    return torch.cat(losses).mean()


def training(model, train_dl, eval_dl, epochs=3):
    set_seed(0)
    accelerator = Accelerator()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-5)
    model, optimizer, train_dl, eval_dl = accelerator.prepare(model, optimizer, train_dl, eval_dl)
    for epoch in range(epochs):
        model.train()
        for batch in train_dl:
            loss = model(**batch).loss
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
        accelerator.print(epoch, loss.item(), evaluation(accelerator, model, eval_dl).item())
