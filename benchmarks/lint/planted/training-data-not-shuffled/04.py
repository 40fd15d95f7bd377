"""Sentence pairs with dynamic padding (accelerate)."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding


def get_dataloaders(tok, batch_size):
    raw = load_dataset("glue", "mrpc")
    enc = raw.map(lambda r: tok(r["sentence1"], r["sentence2"], truncation=True), batched=True)
    enc = enc.remove_columns(["idx", "sentence1", "sentence2"]).rename_column("label", "labels")
    collate = DataCollatorWithPadding(tok)
    train = DataLoader(enc["train"], shuffle=False, collate_fn=collate, batch_size=batch_size)  # PLANTED
    valid = DataLoader(enc["validation"], shuffle=False, collate_fn=collate, batch_size=batch_size)
    return train, valid


def main():
    set_seed(42)
    acc = Accelerator()
    tok = AutoTokenizer.from_pretrained("bert-base-cased")
    model = AutoModelForSequenceClassification.from_pretrained("bert-base-cased")
    opt = torch.optim.Adam(model.parameters(), lr=2e-5)
    train, valid = get_dataloaders(tok, 16)
    model, opt, train, valid = acc.prepare(model, opt, train, valid)
    for epoch in range(3):
        model.train()
        for batch in train:
            loss = model(**batch).loss
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item(), len(valid))


if __name__ == "__main__":
    main()
