"""Fine-tune a causal model loaded in half precision."""
import torch
from transformers import AutoModelForCausalLM, get_cosine_schedule_with_warmup, set_seed

from notes import loader


def main(epochs=1):
    set_seed(6)
    model = AutoModelForCausalLM.from_pretrained("facebook/opt-350m", torch_dtype=torch.float16).cuda()
    opt = torch.optim.SGD(model.parameters(), lr=1e-3)
    sched = get_cosine_schedule_with_warmup(opt, 50, epochs * len(loader))
    for epoch in range(epochs):
        model.train()
        for i, batch in enumerate(loader):
            loss = model(**{k: v.cuda() for k, v in batch.items()}).loss
            opt.zero_grad()
            loss.backward()  # PLANTED
            opt.step()
            sched.step()
            if i % 20 == 0:
                print(epoch, i, loss.item())


if __name__ == "__main__":
    main()
