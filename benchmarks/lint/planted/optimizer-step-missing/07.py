"""Train a text-to-speech aligner with accelerate and gradient clipping."""
from accelerate import Accelerator
from accelerate.logging import get_logger
from accelerate.utils import set_seed
from torch.optim import Adam

from aligner import Aligner, speech_loader

logger = get_logger(__name__, log_level="INFO")


def run():
    set_seed(2)
    accelerator = Accelerator(mixed_precision="bf16")
    model = Aligner()
    opt = Adam(model.parameters(), lr=1e-4)
    model, opt, loader = accelerator.prepare(model, opt, speech_loader(split="train", shuffle=True))
    model.train()
    for epoch in range(20):
        for n, batch in enumerate(loader):
            opt.zero_grad()
            out = model(batch["mel"], batch["phones"])
            loss = out["align"] + 0.1 * out["duration"]
            accelerator.backward(loss)  # PLANTED
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(model.parameters(), 1.0)
            if n % 100 == 0:
                logger.info(f"epoch {epoch} batch {n} loss {loss.item():.3f}")


if __name__ == "__main__":
    run()
