"""Fine-tune CLIP's projection in fp16 inside a try block."""
import torch
import open_clip

from pairs import caption_loader


def main():
    torch.manual_seed(77)
    model, _, _ = open_clip.create_model_and_transforms("ViT-B-32", pretrained="openai")
    model = model.cuda()
    for p in model.transformer.parameters():
        p.requires_grad_(False)
    opt = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-5)
    scaler = torch.amp.GradScaler("cuda")
    loss_fn = open_clip.ClipLoss()
    step = 0
    try:
        while True:
            model.train()
            for image, text in caption_loader(256, shuffle=True):
                opt.zero_grad()
                with torch.autocast("cuda", dtype=torch.float16):
                    zi, zt, s = model(image.cuda(), text.cuda())
                    loss = loss_fn(zi, zt, s)
                scaler.scale(loss).backward()
                scaler.step(opt)  # PLANTED
                step += 1
                if step % 20 == 0:
                    print(step, loss.item())
    except KeyboardInterrupt:
        torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "scaler": scaler.state_dict(), "step": step}, "clip.pt")


if __name__ == "__main__":
    main()
