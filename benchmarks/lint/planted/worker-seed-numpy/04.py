"""Masked language modelling: masks drawn in the collate function."""
import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.utils.data import DataLoader
from transformers import AutoModelForMaskedLM

MASK = 103
rng = np.random.default_rng(5)


def mask_tokens(rows):
    ids = torch.tensor([r["input_ids"] for r in rows])
    labels = ids.clone()
    chosen = torch.from_numpy(rng.random(tuple(ids.shape)) < 0.15)
    labels[~chosen] = -100
    ids[chosen] = MASK
    return {"input_ids": ids, "labels": labels}


def main(dataset, epochs=3):
    set_seed(5)
    acc = Accelerator()
    model = AutoModelForMaskedLM.from_pretrained("bert-base-uncased")
    opt = torch.optim.Adam(model.parameters(), lr=5e-5)
    loader = DataLoader(dataset, batch_size=32, shuffle=True, collate_fn=mask_tokens, num_workers=4)  # PLANTED
    model, opt, loader = acc.prepare(model, opt, loader)
    for epoch in range(epochs):
        model.train()
        for batch in loader:
            loss = model(**batch).loss
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item())
