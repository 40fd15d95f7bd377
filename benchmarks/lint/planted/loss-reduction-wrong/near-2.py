"""Sums over pixels and latents within a sample, a mean over the batch; KL by batchmean."""
import torch
import torch.nn.functional as F


def elbo(recon, x, mu, logvar):
    rec = F.binary_cross_entropy_with_logits(recon, x, reduction="none").flatten(1).sum(1)
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1)
    return (rec + kl).mean()


def soft(student, teacher):
    return F.kl_div(student.log_softmax(1), teacher.softmax(1), reduction="batchmean")


def train(vae, loader):
    torch.manual_seed(1)
    opt = torch.optim.Adam(vae.parameters(), lr=1e-3)
    for step, x in enumerate(loader):
        recon, mu, logvar = vae(x)
        loss = elbo(recon, x, mu, logvar)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
