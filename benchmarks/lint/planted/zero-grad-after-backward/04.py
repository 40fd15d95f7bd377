"""AMP training of a vision transformer with timm."""
import timm
import torch
from torch import amp


def build(num_classes: int):
    model = timm.create_model("vit_small_patch16_224", pretrained=True, num_classes=num_classes)
    return model.cuda()


def run(train_loader, num_classes=37, epochs=10, warmup=500):
    torch.manual_seed(123)
    model = build(num_classes)
    opt = torch.optim.Adam(model.parameters(), lr=5e-5)
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1.0, (s + 1) / warmup))
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    scaler = amp.GradScaler("cuda")
    for epoch in range(epochs):
        model.train()
        for it, (img, lab) in enumerate(train_loader):
            img, lab = img.cuda(), lab.cuda()
            with amp.autocast("cuda"):
                out = model(img)
                loss = criterion(out, lab)
            scaler.scale(loss).backward()
            opt.zero_grad(set_to_none=True)  # PLANTED
            scaler.step(opt)
            scaler.update()
            sched.step()
            if it % 20 == 0:
                print(f"{epoch}/{it} loss={loss.item():.3f} lr={sched.get_last_lr()[0]:.2e}")
    return model
