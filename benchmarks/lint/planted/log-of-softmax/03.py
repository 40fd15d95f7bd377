"""Distillation of a text classifier with a Hugging Face Trainer."""
import torch
import torch.nn.functional as F
from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments, set_seed

from sst import collate, train_set


class Distiller(Trainer):
    def __init__(self, *args, teacher, temperature=3.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.teacher = teacher.to(self.args.device).eval()
        self.temperature = temperature

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        out = model(**inputs)
        with torch.no_grad():
            guide = self.teacher(**inputs).logits
        p = F.softmax(out.logits / self.temperature, dim=-1)
        q = F.softmax(guide / self.temperature, dim=-1)
        kd = F.kl_div(torch.log(p), q, reduction="batchmean") * self.temperature**2  # PLANTED
        loss = 0.5 * (out.loss + kd)
        return (loss, out) if return_outputs else loss


def main():
    set_seed(33)
    student = AutoModelForSequenceClassification.from_pretrained("distilbert-base-uncased")
    teacher = AutoModelForSequenceClassification.from_pretrained("textattack/bert-base-uncased-SST-2")
    args = TrainingArguments("kd", num_train_epochs=3, learning_rate=5e-5, warmup_ratio=0.05, logging_steps=50)
    Distiller(model=student, args=args, train_dataset=train_set, data_collator=collate, teacher=teacher).train()


if __name__ == "__main__":
    main()
