"""Adversarial patch against a classifier of street scenes."""
import torch
import torch.nn.functional as F

from victim import load_classifier, street_images

torch.manual_seed(5)
model = load_classifier().cuda().eval()
for p in model.parameters():
    p.requires_grad_(False)

patch = torch.rand(3, 64, 64, device="cuda", requires_grad=True)
opt = torch.optim.Adam([patch], lr=0.01)
target = torch.tensor(859, device="cuda")


def paste(images):
    out = images.clone()
    out[:, :, 50:114, 50:114] = patch
    return out


for step, images in enumerate(street_images(batch_size=16)):
    logits = model(paste(images.cuda()))
    loss = F.cross_entropy(logits, target.expand(len(images)))
    opt.zero_grad()
    loss.backward()
    opt.step()
    patch.clamp_(0, 1)  # PLANTED
    if step % 50 == 0:
        print(step, loss.item())
