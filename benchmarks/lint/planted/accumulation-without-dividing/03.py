"""BERT question answering, updates every fourth batch."""
import torch
from transformers import AutoModelForQuestionAnswering, get_linear_schedule_with_warmup, set_seed

from squad import train_loader

set_seed(12)
model = AutoModelForQuestionAnswering.from_pretrained("bert-base-uncased").cuda()
opt = torch.optim.Adam(model.parameters(), lr=3e-5)
updates = 2 * len(train_loader) // 4
sched = get_linear_schedule_with_warmup(opt, updates // 10, updates)
scaler = torch.amp.GradScaler("cuda")

for epoch in range(2):
    model.train()
    for step, batch in enumerate(train_loader, start=1):
        batch = {k: v.cuda() for k, v in batch.items()}
        with torch.autocast("cuda"):
            loss = model(**batch).loss
        scaler.scale(loss).backward()  # PLANTED
        if step % 4 == 0 or step == len(train_loader):
            scaler.unscale_(opt)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(opt)
            scaler.update()
            opt.zero_grad(set_to_none=True)
            sched.step()
        if step % 200 == 0:
            print(epoch, step, loss.item())
