"""Unconditional DDPM on flowers, with Accelerate, diffusers and an EMA copy."""
import argparse
import os

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from accelerate.utils import ProjectConfiguration, set_seed
from datasets import load_dataset
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel
from diffusers.optimization import get_cosine_schedule_with_warmup
from diffusers.training_utils import EMAModel
from torch.utils.data import DataLoader
from torchvision import transforms
from tqdm.auto import tqdm


def parse_args():
    p = argparse.ArgumentParser()
    p.add_argument("--dataset_name", default="huggan/flowers-102-categories")
    p.add_argument("--output_dir", default="ddpm-flowers-64")
    p.add_argument("--resolution", type=int, default=64)
    p.add_argument("--train_batch_size", type=int, default=16)
    p.add_argument("--num_epochs", type=int, default=100)
    p.add_argument("--learning_rate", type=float, default=1e-4)
    p.add_argument("--lr_warmup_steps", type=int, default=500)
    p.add_argument("--save_images_epochs", type=int, default=10)
    p.add_argument("--mixed_precision", default="bf16", choices=["no", "bf16"])
    p.add_argument("--seed", type=int, default=0)
    return p.parse_args()


def build_unet(resolution):
    return UNet2DModel(
        sample_size=resolution, in_channels=3, out_channels=3, layers_per_block=2,
        block_out_channels=(128, 128, 256, 256),
        down_block_types=("DownBlock2D", "DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
    )


def build_loader(args):
    tf = transforms.Compose([
        transforms.Resize(args.resolution), transforms.CenterCrop(args.resolution),
        transforms.RandomHorizontalFlip(), transforms.ToTensor(), transforms.Normalize([0.5], [0.5]),
    ])
    ds = load_dataset(args.dataset_name, split="train")
    ds.set_transform(lambda rows: {"input": [tf(im.convert("RGB")) for im in rows["image"]]})
    return DataLoader(ds, args.train_batch_size, shuffle=True, num_workers=4)


def compute_loss(model, noise_scheduler, clean):
    noise = torch.randn_like(clean)
    t = torch.randint(0, noise_scheduler.config.num_train_timesteps, (len(clean),), device=clean.device)
    pred = model(noise_scheduler.add_noise(clean, noise, t), t).sample
    return F.mse_loss(pred.float(), noise)


def train_one_epoch(accelerator, model, ema, noise_scheduler, optimizer, lr_scheduler, loader, bar):
    model.train()
    total = torch.zeros((), device=accelerator.device)
    for batch in loader:
        with accelerator.accumulate(model):
            loss = compute_loss(model, noise_scheduler, batch["input"])
            accelerator.backward(loss)
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            lr_scheduler.step()
            optimizer.zero_grad()
        if accelerator.sync_gradients:
            ema.step(model.parameters())
            bar.update(1)
        total += loss.detach()
    return total / len(loader)


@torch.no_grad()
def save_samples(accelerator, model, ema, noise_scheduler, args, epoch):
    unet = accelerator.unwrap_model(model).eval()
    ema.store(unet.parameters())
    ema.copy_to(unet.parameters())
    pipe = DDPMPipeline(unet=unet, scheduler=noise_scheduler)
    images = pipe(batch_size=8, generator=torch.Generator().manual_seed(args.seed)).images
    folder = os.path.join(args.output_dir, "samples")
    os.makedirs(folder, exist_ok=True)
    for k, image in enumerate(images):
        image.save(os.path.join(folder, f"{epoch:04d}_{k}.png"))
    pipe.save_pretrained(args.output_dir)
    ema.restore(unet.parameters())


def main():
    args = parse_args()
    set_seed(args.seed)
    accelerator = Accelerator(mixed_precision=args.mixed_precision, log_with="tensorboard",
                              project_config=ProjectConfiguration(project_dir=args.output_dir))
    loader = build_loader(args)
    model = build_unet(args.resolution)
    noise_scheduler = DDPMScheduler(num_train_timesteps=1000)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.learning_rate, weight_decay=0.0)
    lr_scheduler = get_cosine_schedule_with_warmup(optimizer, args.lr_warmup_steps, len(loader) * args.num_epochs)
    model, optimizer, loader, lr_scheduler = accelerator.prepare(model, optimizer, loader, lr_scheduler)
    ema = EMAModel(accelerator.unwrap_model(model).parameters(), decay=0.9999)
    ema.to(accelerator.device)

    bar = tqdm(total=len(loader) * args.num_epochs, disable=not accelerator.is_local_main_process)
    for epoch in range(args.num_epochs):  # PLANTED
        train_one_epoch(accelerator, model, ema, noise_scheduler, optimizer, lr_scheduler, loader, bar)
        last = epoch == args.num_epochs - 1
        if accelerator.is_main_process and (last or (epoch + 1) % args.save_images_epochs == 0):
            save_samples(accelerator, model, ema, noise_scheduler, args, epoch)
        accelerator.wait_for_everyone()
    bar.close()
    accelerator.end_training()


if __name__ == "__main__":
    main()
