import contextlib
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
import yaml
from diffusers import DDPMScheduler, UNet2DModel
from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import ImageFolder

DTYPES = {"bf16": torch.bfloat16, "fp32": None}


@contextlib.contextmanager
def precision(name, device):
    """Run the body at the precision named in the config."""
    with contextlib.ExitStack() as stack:
        if DTYPES[name] is not None:
            stack.enter_context(torch.autocast(device.type, dtype=DTYPES[name]))
        yield


class EMA:
    def __init__(self, net, decay):
        self.shadow = copy.deepcopy(net).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, net):
        for s, p in zip(self.shadow.parameters(), net.parameters()):
            s.lerp_(p, 1 - self.decay)


class DiffusionRun:
    def __init__(self, cfg):
        self.cfg = cfg
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.net = UNet2DModel(sample_size=cfg["size"], in_channels=3, out_channels=3,
                               block_out_channels=tuple(cfg["channels"]),
                               down_block_types=("DownBlock2D",) * 3 + ("AttnDownBlock2D",),
                               up_block_types=("AttnUpBlock2D",) + ("UpBlock2D",) * 3).to(self.device)
        self.ema = EMA(self.net, cfg["ema_decay"])
        self.noise = DDPMScheduler(num_train_timesteps=1000, beta_schedule="squaredcos_cap_v2")
        self.opt = torch.optim.Adam(self.net.parameters(), lr=cfg["lr"])
        self.warm = torch.optim.lr_scheduler.LinearLR(self.opt, 1e-3, 1.0, total_iters=cfg["warmup"])
        self.it = 0

    def loss(self, net, x0, generator=None):
        eps = torch.randn(x0.shape, device=x0.device, generator=generator)
        t = torch.randint(0, 1000, (len(x0),), device=x0.device, generator=generator)
        pred = net(self.noise.add_noise(x0, eps, t), t).sample
        return F.mse_loss(pred.float(), eps)

    def fit_batch(self, x0):
        loss = self.loss(self.net, x0)
        self.apply(loss)
        return loss.detach()

    def apply(self, loss):
        self.opt.zero_grad(set_to_none=True)
        loss.backward()  # PLANTED
        nn.utils.clip_grad_norm_(self.net.parameters(), self.cfg["clip"])
        self.opt.step()
        self.warm.step()
        self.ema.update(self.net)
        self.it += 1

    def run(self, train, valid):
        for epoch in range(self.cfg["epochs"]):
            self.net.train()
            for x0, _ in train:
                x0 = x0.to(self.device, non_blocking=True)
                with precision(self.cfg["precision"], self.device):
                    value = self.fit_batch(x0)
                if self.it % self.cfg["log_every"] == 0:
                    print(f"it {self.it} loss {value.item():.4f} lr {self.warm.get_last_lr()[0]:.2e}")
            print(f"epoch {epoch} valid {self.validate(valid):.4f}")
            self.save()

    @torch.no_grad()
    def validate(self, valid):
        gen = torch.Generator(self.device).manual_seed(0)
        values = []
        for x0, _ in valid:
            with precision(self.cfg["precision"], self.device):
                values.append(self.loss(self.ema.shadow, x0.to(self.device), gen))
        return torch.stack(values).mean().item()

    def save(self):
        torch.save({"net": self.net.state_dict(), "ema": self.ema.shadow.state_dict(), "it": self.it,
                    "opt": self.opt.state_dict(), "warm": self.warm.state_dict()}, self.cfg["ckpt"])


def main(path="configs/flowers.yaml"):
    with open(path) as fh:
        cfg = yaml.safe_load(fh)
    torch.manual_seed(cfg["seed"])
    base = [T.Resize(cfg["size"]), T.CenterCrop(cfg["size"])]
    tail = [T.ToTensor(), T.Normalize(0.5, 0.5)]
    train_ds = ImageFolder(cfg["root"] + "/train", T.Compose(base + [T.RandomHorizontalFlip()] + tail))
    valid_ds = ImageFolder(cfg["root"] + "/valid", T.Compose(base + tail))
    train = DataLoader(train_ds, cfg["batch"], shuffle=True, drop_last=True, num_workers=6)
    valid = DataLoader(valid_ds, cfg["batch"], num_workers=2)
    DiffusionRun(cfg).run(train, valid)


if __name__ == "__main__":
    main()
