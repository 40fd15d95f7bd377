"""Mixed-precision training of a speech enhancer with each gradient held within bounds."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from enhance import DCCRN, NoisySpeech, si_snr

torch.manual_seed(16)
model = DCCRN().cuda()
opt = torch.optim.RMSprop(model.parameters(), lr=5e-4)
scaler = torch.amp.GradScaler("cuda")
loader = DataLoader(NoisySpeech("dns/train"), batch_size=24, shuffle=True, num_workers=6)

model.train()
for epoch in range(60):
    mean = torch.zeros((), device="cuda")
    for noisy, clean in loader:
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cuda", dtype=torch.float16):
            estimate = model(noisy.cuda())
        loss = -si_snr(estimate.float(), clean.cuda()).mean()
        scaler.scale(loss).backward()
        scaler.unscale_(opt)
        scaler.step(opt)
        nn.utils.clip_grad_value_(model.parameters(), clip_value=0.5)  # PLANTED
        scaler.update()
        mean += loss.detach()
    print(f"epoch {epoch}: SI-SNR {-mean.item() / len(loader):.2f} dB")
