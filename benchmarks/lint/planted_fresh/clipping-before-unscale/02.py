"""Fit a latent diffusion U-Net to noise, on one GPU in float16."""

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, UNet2DModel
from torch.utils.data import DataLoader

from latents import LatentCache

torch.manual_seed(1000)
unet = UNet2DModel(sample_size=32, in_channels=4, out_channels=4).to("cuda")
noiser = DDPMScheduler(num_train_timesteps=1000)
opt = torch.optim.AdamW(unet.parameters(), lr=1e-4, weight_decay=0.0)
warm = torch.optim.lr_scheduler.LinearLR(opt, start_factor=0.01, total_iters=1000)
scaler = torch.amp.GradScaler("cuda", init_scale=2.0**14)
loader = DataLoader(LatentCache("latents/"), batch_size=32, shuffle=True, num_workers=4)

unet.train()
step = 0
for epoch in range(100):
    for clean in loader:
        clean = clean.to("cuda")
        noise = torch.randn_like(clean)
        t = torch.randint(0, 1000, (clean.size(0),), device="cuda")
        with torch.autocast("cuda", torch.float16):
            predicted = unet(noiser.add_noise(clean, noise, t), t).sample
        loss = F.mse_loss(predicted.float(), noise)

        opt.zero_grad()
        scaler.scale(loss).backward()
        norm = torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)  # PLANTED
        scaler.unscale_(opt)
        scaler.step(opt)
        scaler.update()
        warm.step()

        if step % 200 == 0:
            print(f"step {step}: mse {loss.item():.4f} |g| {norm.item():.2f}")
        step += 1
