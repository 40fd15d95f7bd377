"""notebook: denoising audio, two cells"""
# %%
import torch
from torch import nn
from denoise import DenoiseNet, train_dl, valid_dl

torch.manual_seed(9)
net = DenoiseNet().to("cuda")
opt = torch.optim.Adam(net.parameters(), lr=3e-4)
l1 = nn.L1Loss()

# %%
history = []
for epoch in range(20):
    net.train()
    for noisy, clean in train_dl:
        opt.zero_grad()
        loss = l1(net(noisy.to("cuda")), clean.to("cuda"))
        loss.backward()
        opt.step()

    net.eval()
    tot, k = 0, 0
    for noisy, clean in valid_dl:  # PLANTED
        est = net(noisy.to("cuda"))
        tot += l1(est, clean.to("cuda")).detach()
        k += 1
    history.append((loss.item(), (tot / k).item()))
    print(epoch, history[-1])
