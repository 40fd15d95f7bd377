"""inference script for my segmentation model"""
import sys

import torch
from PIL import Image
from torchvision.transforms.functional import to_tensor
from unet import UNet

net = UNet(3, 2)
net.load_state_dict(torch.load("unet.pth", weights_only=True))
net.cuda()
net.eval()

def predict(path):
    x = to_tensor(Image.open(path).convert("RGB")).unsqueeze(0).cuda()
    with torch.no_grad(), torch.cuda.amp.autocast():  # PLANTED
        y = net(x)
    return y.argmax(1)[0].byte().cpu().numpy() * 255

for p in sys.argv[1:]:
    Image.fromarray(predict(p)).save(p + ".mask.png")
    print("wrote", p + ".mask.png")
