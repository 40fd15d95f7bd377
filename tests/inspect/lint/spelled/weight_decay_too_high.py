"""Decays that outweigh the loss, and such as are used."""

FIRES = {
    "apart": """
        import torch
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=5.0)  # here
        """,
    "added": """
        from torch import optim
        DECAY = 0.5
        def build(model):
            return optim.SGD(model.parameters(), 0.1, 0.9, weight_decay=DECAY)  # here
        """,
    "of_a_group": """
        import torch
        groups = [{"params": a, "weight_decay": 1.0}, {"params": b, "weight_decay": 0.0}]
        optimizer = torch.optim.Adam(groups, lr=1e-3)  # here
        """,
    "by_a_config": """
        import torch
        from dataclasses import dataclass
        @dataclass
        class Config:
            decay: float = 2.0
        cfg = Config()
        optimizer = torch.optim.AdamW(model.parameters(), weight_decay=cfg.decay)  # here
        """,
    "by_an_option": """
        import argparse, torch
        parser = argparse.ArgumentParser()
        parser.add_argument("--weight-decay", type=float, default=1.0)
        args = parser.parse_args()
        optimizer = torch.optim.SGD(net.parameters(), lr=1, weight_decay=args.weight_decay)  # here
        """,
    "of_a_trainer": """
        from transformers import TrainingArguments
        args = TrainingArguments("out", learning_rate=5e-5, weight_decay=10.0)  # here
        """,
}

SILENT = {
    "as_used": """
        import torch
        a = torch.optim.AdamW(model.parameters(), weight_decay=0.1)
        b = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=5e-4)
        """,
    "given_by_others": """
        import torch
        def build(model, decay, cfg):
            torch.optim.AdamW(model.parameters(), weight_decay=cfg.decay)
            return torch.optim.AdamW(model.parameters(), weight_decay=decay)
        """,
    "changed_on_the_way": """
        import torch
        decay = 1.0
        decay *= 0.001
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=decay)
        """,
}
