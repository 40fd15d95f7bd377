"""Toxic comment tagging with a transformer backbone and AMP."""
import torch
from torch.amp import GradScaler, autocast
from transformers import AutoModel, get_cosine_schedule_with_warmup


class Toxic(torch.nn.Module):
    def __init__(self, name="roberta-base", labels=6):
        super().__init__()
        self.enc = AutoModel.from_pretrained(name)
        self.drop = torch.nn.Dropout(0.1)
        self.cls = torch.nn.Linear(self.enc.config.hidden_size, labels)

    def forward(self, **kw):
        h = self.enc(**kw).last_hidden_state[:, 0]
        logits = self.cls(self.drop(h))
        return logits.sigmoid()  # PLANTED


def train(loader, epochs=2):
    torch.manual_seed(2018)
    model = Toxic().cuda()
    opt = torch.optim.Adam(model.parameters(), lr=2e-5)
    sched = get_cosine_schedule_with_warmup(opt, 200, epochs * len(loader))
    scaler = GradScaler("cuda")
    criterion = torch.nn.BCEWithLogitsLoss()
    model.train()
    for epoch in range(epochs):
        for i, (enc, labels) in enumerate(loader):
            enc = {k: v.cuda() for k, v in enc.items()}
            opt.zero_grad(set_to_none=True)
            with autocast("cuda"):
                loss = criterion(model(**enc), labels.cuda().float())
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
            sched.step()
            if i % 100 == 0:
                print(epoch, i, loss.item())
