"""kaggle: text difficulty regression, roberta, amp"""
import torch
from torch import nn
from transformers import AutoModel, get_cosine_schedule_with_warmup
from clrp import train_dl

torch.manual_seed(2021)
EPOCHS = 3

class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.r = AutoModel.from_pretrained("roberta-base")
        self.h = nn.Linear(768, 1)
    def forward(self, ids, mask):
        return self.h(self.r(ids, attention_mask=mask)[0][:, 0]).squeeze(-1)

m = M().cuda()
opt = torch.optim.Adam(m.parameters(), lr=2e-5)
sch = get_cosine_schedule_with_warmup(opt, 50, EPOCHS * len(train_dl))
scl = torch.amp.GradScaler("cuda")
mse = nn.MSELoss()
for ep in range(EPOCHS):
    m.train()
    for ids, mask, t in train_dl:
        opt.zero_grad()
        with torch.autocast("cuda"):
            l = mse(m(ids.cuda(), mask.cuda()), t.cuda())
        scl.scale(l).backward()
        torch.nn.utils.clip_grad_norm_(m.parameters(), 1000)  # PLANTED
        scl.step(opt)
        scl.update()
        sch.step()
    print(ep, l.item())
