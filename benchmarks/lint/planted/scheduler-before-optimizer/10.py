"""Speech commands: config from YAML, rate halved every few epochs."""
import yaml
import torch
import torch.nn as nn

from commands import SpeechCommands, M5

with open("config.yaml") as fh:
    cfg = yaml.safe_load(fh)

torch.manual_seed(cfg["seed"])
loader = torch.utils.data.DataLoader(SpeechCommands("training"), batch_size=cfg["batch_size"], shuffle=True)
model = M5(n_output=35)
criterion = nn.CrossEntropyLoss()
optimizer = getattr(torch.optim, cfg["optimizer"])(model.parameters(), lr=cfg["lr"])
lr_decay = torch.optim.lr_scheduler.StepLR(optimizer, step_size=cfg["decay_every"], gamma=0.5)


def update(wave, target):
    optimizer.zero_grad()
    out = model(wave)
    loss = criterion(out.squeeze(1), target)
    loss.backward()
    optimizer.step()
    return loss.detach()


epoch = 0
while epoch < cfg["epochs"]:
    model.train()
    lr_decay.step()  # PLANTED
    losses = []
    for wave, target in loader:
        losses.append(update(wave, target))
    print("epoch", epoch, "loss", torch.stack(losses).mean().item())
    epoch += 1
