"""Style transfer by optimising the image."""
import torch
from torch.nn.functional import mse_loss
from torchvision.models import VGG19_Weights, vgg19

from images import load_image

torch.manual_seed(0)
vgg = vgg19(weights=VGG19_Weights.DEFAULT).features[:21].eval()
for p in vgg.parameters():
    p.requires_grad_(False)


def gram(f):
    b, c, h, w = f.shape
    f = f.view(b, c, h * w)
    return f @ f.transpose(1, 2) / (c * h * w)


content, style = load_image("city.jpg"), load_image("monet.jpg")
canvas = content.clone().requires_grad_(True)
opt = torch.optim.Adam([canvas], lr=0.02)
with torch.no_grad():
    goal_c, goal_s = vgg(content), gram(vgg(style))

for i in range(300):
    opt.zero_grad()
    with torch.no_grad():
        f = vgg(canvas)
        loss = mse_loss(f, goal_c) + 1e4 * mse_loss(gram(f), goal_s)
        loss.backward()  # PLANTED
        opt.step()
        canvas.clamp_(0, 1)
    if i % 50 == 0:
        print(i, loss.item())
