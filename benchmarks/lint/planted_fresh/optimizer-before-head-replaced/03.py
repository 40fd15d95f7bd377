"""Notebook: fine-tune a timm model on pictures of plankton."""
# %% [markdown]
# Plankton, 121 classes: how far does a ConvNeXt get in ten epochs?
# %%
import timm
import torch
import torch.nn.functional as F
from timm.data import create_transform, resolve_model_data_config
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

torch.manual_seed(2024)
net = timm.create_model("convnext_atto.d2_in1k", pretrained=True).cuda()

# %%
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, nesterov=True)  # PLANTED
EPOCHS = 10
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=EPOCHS)

# %%
conf = resolve_model_data_config(net)
train = ImageFolder("plankton/train", create_transform(**conf, is_training=True))
valid = ImageFolder("plankton/valid", create_transform(**conf))
train_dl = DataLoader(train, 64, shuffle=True, num_workers=8, pin_memory=True)
valid_dl = DataLoader(valid, 128, num_workers=8)
len(train), len(valid), len(train.classes)

# %%
net.reset_classifier(num_classes=len(train.classes))
net = net.cuda()

# %%
for epoch in range(EPOCHS):
    net.train()
    for x, y in train_dl:
        loss = F.cross_entropy(net(x.cuda()), y.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
    sched.step()

    net.eval()
    right = torch.zeros((), device="cuda")
    with torch.inference_mode():
        for x, y in valid_dl:
            right += (net(x.cuda()).argmax(-1) == y.cuda()).sum()
    print(epoch, f"train {loss.item():.3f}", f"acc {right.item() / len(valid):.3%}")
