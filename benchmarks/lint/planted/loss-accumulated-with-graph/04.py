"""VAE with two loss terms tracked apart."""
import torch
import torch.nn.functional as F

from vae import ConvVAE, faces


def kl(mu, logvar):
    return -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1).mean()


torch.manual_seed(4)
vae = ConvVAE(128).cuda()
adam = torch.optim.Adam(vae.parameters(), lr=5e-4)
stats = {"rec": 0.0, "kl": 0.0}
n = 0
for epoch in range(30):
    vae.train()
    for img in faces(batch_size=64, shuffle=True):
        img = img.cuda()
        rec, mu, logvar = vae(img)
        l_rec, l_kl = F.mse_loss(rec, img), kl(mu, logvar)
        adam.zero_grad()
        (l_rec + 1e-3 * l_kl).backward()
        adam.step()
        stats["rec"] += l_rec.detach()
        stats["kl"] += l_kl  # PLANTED
        n += 1
    print(epoch, {k: float(v) / n for k, v in stats.items()})
