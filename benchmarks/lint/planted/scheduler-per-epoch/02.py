"""BERT fine-tuning in a trainer with a linear schedule."""
import torch
from transformers import AutoModelForSequenceClassification, get_linear_schedule_with_warmup, set_seed


class Trainer:
    def __init__(self, loader, epochs=4):
        set_seed(1)
        self.loader, self.epochs = loader, epochs
        self.model = AutoModelForSequenceClassification.from_pretrained("bert-base-cased").cuda()
        self.opt = torch.optim.Adam(self.model.parameters(), lr=2e-5)
        total = epochs * len(loader)
        self.sched = get_linear_schedule_with_warmup(self.opt, int(0.1 * total), total)

    def train_epoch(self):
        self.model.train()
        for batch in self.loader:
            loss = self.model(**{k: v.cuda() for k, v in batch.items()}).loss
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
        return loss.item()

    def fit(self):
        for epoch in range(self.epochs):
            loss = self.train_epoch()
            self.sched.step()  # PLANTED
            print(epoch, loss)
