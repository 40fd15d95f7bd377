"""my gpu is small so i accumulate - bird songs"""
import torch
import torch.nn as nn
from birds import train_dl, Model

torch.manual_seed(4)
model = Model(264).cuda()
opt = torch.optim.Adam(model.parameters(), lr=3e-4)
bce = nn.BCEWithLogitsLoss()
every = 4
count = 0
for epoch in range(15):
    model.train()
    for spec, lab in train_dl:
        out = model(spec.cuda())
        loss = bce(out, lab.cuda())
        loss.backward()  # PLANTED
        count += 1
        if count == every:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            model.zero_grad()
            count = 0
    print("epoch", epoch, loss.item())
