"""Add tokens to a language model, then fine-tune it."""
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, get_cosine_schedule_with_warmup, set_seed


def main(loader, epochs=2):
    set_seed(7)
    tok = AutoTokenizer.from_pretrained("gpt2")
    model = AutoModelForCausalLM.from_pretrained("gpt2").cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-5)  # PLANTED
    sched = get_cosine_schedule_with_warmup(optimizer, 100, epochs * len(loader))
    tok.add_special_tokens({"pad_token": "<pad>", "sep_token": "<sep>"})
    new = torch.nn.Embedding(len(tok), model.config.n_embd).cuda()
    with torch.no_grad():
        new.weight[: model.config.vocab_size] = model.transformer.wte.weight
    model.transformer.wte = new
    model.lm_head.weight = new.weight
    model.train()
    for epoch in range(epochs):
        for step, batch in enumerate(loader):
            loss = model(**{k: v.cuda() for k, v in batch.items()}).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            sched.step()
            if step % 100 == 0:
                print(epoch, step, loss.item())
