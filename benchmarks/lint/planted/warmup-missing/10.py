"""gpt2 from scratch on my chat logs, hugging face trainer"""
from datasets import load_dataset
from transformers import (AutoTokenizer, DataCollatorForLanguageModeling, GPT2Config, GPT2LMHeadModel, Trainer,
                          TrainingArguments, set_seed)

set_seed(0)
tok = AutoTokenizer.from_pretrained("gpt2")
tok.pad_token = tok.eos_token
raw = load_dataset("text", data_files="chat.txt")["train"]
ds = raw.map(lambda r: tok(r["text"], truncation=True, max_length=256), batched=True, remove_columns=["text"])

model = GPT2LMHeadModel(GPT2Config(n_layer=8, n_head=8, n_embd=512))
print("parameters", model.num_parameters())
args = TrainingArguments(
    output_dir="chat-gpt",
    per_device_train_batch_size=32,
    num_train_epochs=20,
    learning_rate=2e-3,
    lr_scheduler_type="cosine",
    warmup_steps=0,  # PLANTED
    logging_steps=50,
    report_to="none",
    seed=0,
)
collator = DataCollatorForLanguageModeling(tok, mlm=False)
Trainer(model=model, args=args, train_dataset=ds, data_collator=collator).train()
