"""Train a style network against VGG features, whose weights are downloaded when missing."""

import io
import urllib.request

import torch
import torch.nn.functional as F
from torch import load as read_tensors
from torch.utils.data import DataLoader
from torchvision.models import vgg16
from torchvision.transforms.functional import to_tensor
from PIL import Image

from style import CocoCrops, TransformerNet

URL = "https://example.org/weights/vgg16-features.pth"
torch.manual_seed(1889)

vgg = vgg16().features[:16]
with urllib.request.urlopen(URL) as reply:
    vgg.load_state_dict(read_tensors(io.BytesIO(reply.read())))  # PLANTED
vgg.cuda().eval().requires_grad_(False)


def gram(features):
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / flat[0].numel()


style = to_tensor(Image.open("starry_night.jpg")).unsqueeze(0).cuda()
wanted = gram(vgg(style))
net = TransformerNet().cuda().train()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
crops = DataLoader(CocoCrops(256), batch_size=4, shuffle=True, num_workers=4)
for epoch in range(2):
    for i, x in enumerate(crops):
        x = x.cuda()
        y = net(x)
        seen = vgg(y)
        content = F.mse_loss(seen, vgg(x))
        painted = F.mse_loss(gram(seen), wanted.expand(len(x), -1, -1))
        loss = content + 1e5 * painted
        opt.zero_grad()
        loss.backward()
        opt.step()
        if i % 200 == 0:
            print(f"{epoch}:{i} content {content.item():.3f} style {painted.item():.2e}")
