"""Diffusion training: the noise scheduler adds noise before the update, the rate is stepped after."""
import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, UNet2DModel
from torch.optim.lr_scheduler import LinearLR

torch.manual_seed(0)
model = UNet2DModel(sample_size=32, in_channels=3, out_channels=3).cuda()
scheduler = DDPMScheduler(num_train_timesteps=1000)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
warmup = LinearLR(optimizer, start_factor=0.01, total_iters=500)


def train(loader):
    model.train()
    for step, clean in enumerate(loader):
        clean = clean.cuda()
        noise = torch.randn_like(clean)
        when = torch.randint(0, 1000, (clean.size(0),), device="cuda")
        noisy = scheduler.add_noise(clean, noise, when)
        loss = F.mse_loss(model(noisy, when).sample, noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        warmup.step()
        if step % 100 == 0:
            print(step, loss.item())
        if step % 2000 == 0:
            preview = torch.randn(1, 3, 32, 32, device="cuda")
            model.eval()
            with torch.no_grad():
                for t in scheduler.timesteps:
                    preview = scheduler.step(model(preview, t).sample, t, preview).prev_sample
            model.train()
            print("preview range", preview.min().item(), preview.max().item())
