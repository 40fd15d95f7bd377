"""Conditional diffusion of weather maps on four GPUs, with an average of the weights."""

import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, DistributedSampler

from weather import ERA5Patches, WeatherUNet, cosine_alphas


class DiffusionTrainer:
    def __init__(self, lr: float):
        self.rank = int(os.environ["LOCAL_RANK"])
        torch.cuda.set_device(self.rank)
        net = WeatherUNet(channels=6).cuda()
        self.ema = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.9995))
        self.net = DistributedDataParallel(net, device_ids=[self.rank])
        self.opt = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.warm = torch.optim.lr_scheduler.LinearLR(self.opt, 1e-2, total_iters=1000)
        self.alphas = cosine_alphas(1000).cuda()

    def training_step(self, before, after):
        t = torch.randint(1000, (len(after),), device="cuda")
        a = self.alphas[t].view(-1, 1, 1, 1)
        noise = torch.randn_like(after)
        with torch.autocast(device_type="cuda", dtype=torch.float16):
            guess = self.net(a.sqrt() * after + (1 - a).sqrt() * noise, before, t)
        return F.mse_loss(guess.float(), noise)

    def optimise(self, loss):
        self.opt.zero_grad(set_to_none=True)
        loss.backward()  # PLANTED
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.opt.step()
        self.warm.step()
        self.ema.update_parameters(self.net.module)

    def fit(self, data, epochs):
        sampler = DistributedSampler(data, shuffle=True)
        loader = DataLoader(data, batch_size=8, sampler=sampler, num_workers=4)
        for epoch in range(epochs):
            sampler.set_epoch(epoch)
            self.net.train()
            for i, (before, after) in enumerate(loader):
                loss = self.training_step(before.cuda(), after.cuda())
                self.optimise(loss)
                if self.rank == 0 and i % 100 == 0:
                    print(f"epoch {epoch} batch {i} noise mse {loss.item():.4f}")


if __name__ == "__main__":
    dist.init_process_group("nccl")
    torch.manual_seed(1979 + dist.get_rank())
    DiffusionTrainer(lr=2e-4).fit(ERA5Patches("1979-2018"), epochs=50)
    dist.destroy_process_group()
