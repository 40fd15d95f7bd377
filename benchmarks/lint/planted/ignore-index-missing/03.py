"""Causal fine-tuning with Hugging Face."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoTokenizer

tok = AutoTokenizer.from_pretrained("gpt2")
tok.pad_token = tok.eos_token


def collate(texts):
    enc = tok(texts, padding=True, truncation=True, max_length=512, return_tensors="pt")
    enc["labels"] = enc["input_ids"].clone()  # PLANTED
    return enc


def main(texts, epochs=2):
    set_seed(2)
    acc = Accelerator()
    model = AutoModelForCausalLM.from_pretrained("gpt2")
    opt = torch.optim.Adam(model.parameters(), lr=2e-5)
    loader = DataLoader(texts, batch_size=8, shuffle=True, collate_fn=collate)
    model, opt, loader = acc.prepare(model, opt, loader)
    for epoch in range(epochs):
        model.train()
        for batch in loader:
            loss = model(**batch).loss
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item())
