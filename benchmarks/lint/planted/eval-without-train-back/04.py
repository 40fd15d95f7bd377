"""Fine-tuning with accelerate, evaluating every 500 steps."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import AutoModelForSequenceClassification, get_linear_schedule_with_warmup

import evaluate as hf_evaluate


def run(train_dl, eval_dl, epochs=3):
    set_seed(42)
    acc = Accelerator()
    model = AutoModelForSequenceClassification.from_pretrained("bert-base-uncased")
    opt = torch.optim.Adam(model.parameters(), lr=2e-5)
    sched = get_linear_schedule_with_warmup(opt, 100, epochs * len(train_dl))
    model, opt, train_dl, eval_dl, sched = acc.prepare(model, opt, train_dl, eval_dl, sched)
    metric = hf_evaluate.load("glue", "mrpc")
    model.train()
    step = 0
    for _ in range(epochs):
        for batch in train_dl:
            loss = model(**batch).loss
            acc.backward(loss)
            opt.step()
            sched.step()
            opt.zero_grad()
            step += 1
            if step % 500 == 0:
                model.eval()  # PLANTED
                for vb in eval_dl:
                    with torch.no_grad():
                        out = model(**vb).logits.argmax(-1)
                    pred, ref = acc.gather_for_metrics((out, vb["labels"]))
                    metric.add_batch(predictions=pred, references=ref)
                acc.print(step, loss.item(), metric.compute())
