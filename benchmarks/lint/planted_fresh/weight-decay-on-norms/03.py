"""Fine-tune a summariser with its own optimizer, which the Trainer is handed."""
import torch
from datasets import load_from_disk
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    DataCollatorForSeq2Seq,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    get_cosine_schedule_with_warmup,
    set_seed,
)

set_seed(65)
name = "facebook/bart-base"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForSeq2SeqLM.from_pretrained(name)
reports = load_from_disk("reports").map(
    lambda r: tokenizer(r["report"], text_target=r["summary"], max_length=768, truncation=True),
    batched=True,
    remove_columns=["report", "summary"],
)

args = Seq2SeqTrainingArguments(
    output_dir="bart-reports",
    per_device_train_batch_size=8,
    gradient_accumulation_steps=2,
    num_train_epochs=5,
    eval_strategy="epoch",
    logging_steps=25,
    bf16=True,
    seed=65,
)
updates = 5 * len(reports["train"]) // 16
adamw = torch.optim.AdamW(  # PLANTED
    (p for p in model.parameters() if p.requires_grad), lr=4e-5, betas=(0.9, 0.999), weight_decay=0.1
)
trainer = Seq2SeqTrainer(
    model=model,
    args=args,
    train_dataset=reports["train"],
    eval_dataset=reports["validation"],
    data_collator=DataCollatorForSeq2Seq(tokenizer, model),
    optimizers=(adamw, get_cosine_schedule_with_warmup(adamw, updates // 20, updates)),
)
trainer.train()
