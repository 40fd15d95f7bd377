import itertools
import random

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, Dataset
from pathlib import Path
from PIL import Image
from torchvision import transforms as tf

n_epochs, decay_epoch, lr, lam = 200, 100, 2e-4, 10.0
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
random.seed(31)
torch.manual_seed(31)


class Unpaired(Dataset):
    def __init__(self, root, mode):
        self.tf = tf.Compose([tf.Resize(143), tf.RandomCrop(128), tf.RandomHorizontalFlip(),
                              tf.ToTensor(), tf.Normalize([0.5] * 3, [0.5] * 3)])
        self.a = sorted(Path(root, mode + "A").glob("*.jpg"))
        self.b = sorted(Path(root, mode + "B").glob("*.jpg"))

    def __len__(self):
        return max(len(self.a), len(self.b))

    def __getitem__(self, i):
        pick_b = int(torch.randint(len(self.b), (1,)))
        a = Image.open(self.a[i % len(self.a)]).convert("RGB")
        b = Image.open(self.b[pick_b]).convert("RGB")
        return self.tf(a), self.tf(b)


def block(i, o, s=1):
    return nn.Sequential(nn.Conv2d(i, o, 3, s, 1), nn.InstanceNorm2d(o), nn.ReLU(True))


class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.f = nn.Sequential(block(c, c), nn.Conv2d(c, c, 3, 1, 1), nn.InstanceNorm2d(c))

    def forward(self, x):
        return x + self.f(x)


def make_generator(c=64):
    return nn.Sequential(
        block(3, c), block(c, 2 * c, 2), block(2 * c, 4 * c, 2), *[Res(4 * c) for _ in range(6)],
        nn.Upsample(scale_factor=2), block(4 * c, 2 * c), nn.Upsample(scale_factor=2), block(2 * c, c),
        nn.Conv2d(c, 3, 7, 1, 3), nn.Tanh())


def make_discriminator(c=64):
    lrelu = lambda: nn.LeakyReLU(0.2, True)
    return nn.Sequential(
        nn.Conv2d(3, c, 4, 2, 1), lrelu(), nn.Conv2d(c, 2 * c, 4, 2, 1), nn.InstanceNorm2d(2 * c), lrelu(),
        nn.Conv2d(2 * c, 4 * c, 4, 2, 1), nn.InstanceNorm2d(4 * c), lrelu(), nn.Conv2d(4 * c, 1, 4, 1, 1))


G_AB, G_BA = make_generator().to(device), make_generator().to(device)
D_A, D_B = make_discriminator().to(device), make_discriminator().to(device)
opt_G = optim.Adam(itertools.chain(G_AB.parameters(), G_BA.parameters()), lr=lr, betas=(0.5, 0.999))
opt_D = optim.Adam(itertools.chain(D_A.parameters(), D_B.parameters()), lr=lr, betas=(0.5, 0.999))


def linear_decay(epoch):
    return 1.0 - max(0, epoch - decay_epoch) / (n_epochs - decay_epoch)


optimizers = [opt_G, opt_D]
schedulers = [LambdaLR(o, lr_lambda=linear_decay) for o in optimizers]
loader = DataLoader(Unpaired("data/horse2zebra", "train"), batch_size=4, shuffle=True, num_workers=4)
mse, l1 = nn.MSELoss(), nn.L1Loss()


def gan(pred, real):
    return mse(pred, torch.full_like(pred, 1.0 if real else 0.0))


def train_batch(a, b):
    for p in itertools.chain(D_A.parameters(), D_B.parameters()):
        p.requires_grad_(False)
    fake_b, fake_a = G_AB(a), G_BA(b)
    loss_G = gan(D_B(fake_b), True) + gan(D_A(fake_a), True)
    loss_G = loss_G + lam * (l1(G_BA(fake_b), a) + l1(G_AB(fake_a), b))
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()

    for p in itertools.chain(D_A.parameters(), D_B.parameters()):
        p.requires_grad_(True)
    loss_D = 0.5 * (gan(D_A(a), True) + gan(D_A(fake_a.detach()), False)
                    + gan(D_B(b), True) + gan(D_B(fake_b.detach()), False))
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    return loss_G.detach(), loss_D.detach()


def update_learning_rate():
    for s in schedulers:
        s.step()  # PLANTED
    print("learning rate = %.7f" % optimizers[0].param_groups[0]["lr"])


for net in (G_AB, G_BA, D_A, D_B):
    net.train()

for epoch in range(n_epochs):
    update_learning_rate()
    for i, (real_a, real_b) in enumerate(loader):
        lg, ld = train_batch(real_a.to(device), real_b.to(device))
        if i % 100 == 0:
            print(f"[{epoch}/{n_epochs}] [{i}/{len(loader)}] G {lg.item():.3f} D {ld.item():.3f}")
    if epoch % 20 == 19:
        torch.save({"G_AB": G_AB.state_dict(), "G_BA": G_BA.state_dict()}, f"cyclegan_{epoch + 1}.pt")
