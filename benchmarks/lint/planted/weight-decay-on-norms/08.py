"""Multiple choice on SWAG with parameter groups."""
import torch
from transformers import AutoModelForMultipleChoice, get_linear_schedule_with_warmup, set_seed

from swag import train_loader


def param_groups(model):
    decay, plain = [], []
    for name, p in model.named_parameters():
        (plain if name.endswith("bias") else decay).append(p)
    return [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]


set_seed(7)
model = AutoModelForMultipleChoice.from_pretrained("roberta-base").cuda()
opt = torch.optim.AdamW(param_groups(model), lr=2e-5)  # PLANTED
sched = get_linear_schedule_with_warmup(opt, 500, 3 * len(train_loader))
for epoch in range(3):
    model.train()
    for batch in train_loader:
        loss = model(**{k: v.cuda() for k, v in batch.items()}).loss
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
    print(epoch, loss.item())
