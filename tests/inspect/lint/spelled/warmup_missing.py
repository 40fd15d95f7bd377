"""Transformers that begin at their full rate, and such as need not or do not."""

_TRAIN = """
        import torch
        from torch import nn
        model = nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4{layer}), 6)
        optimizer = torch.optim.{optimizer}
        {schedule}
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """

FIRES = {
    "constant": _TRAIN.format(
        layer="", optimizer="AdamW(model.parameters(), lr=1e-3)  # here", schedule=""
    ),
    "only_decay": _TRAIN.format(
        layer=", dropout=0.1",
        optimizer="Adam(model.parameters(), 3e-3)  # here",
        schedule="scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100)",
    ),
    "own_attention": """
        import torch
        class Attention(torch.nn.Module):
            def forward(self, q, k, v):
                return torch.nn.functional.scaled_dot_product_attention(q, k, v)
        def train(model, loader, lr=2e-3):
            optimizer = torch.optim.AdamW(model.parameters(), lr=lr)  # here
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
        """,
    "fresh_from_a_library": """
        import timm, torch
        model = timm.create_model("vit_small_patch16_224", pretrained=False)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)  # here
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "decays_by_hand_from_the_top": """
        import torch
        from planner import DecisionTransformer
        PEAK, STEPS = 1e-3, 1000
        model = DecisionTransformer(layers=6)
        optimizer = torch.optim.Adam(model.parameters(), lr=PEAK)  # here
        for step, x in enumerate(loader):
            for group in optimizer.param_groups:
                group["lr"] = PEAK * (1 - step / STEPS)
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "taken_away": """
        import torch
        from transformers import AutoModel, get_linear_schedule_with_warmup
        model = AutoModel.from_pretrained("bert-large-uncased")
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
        schedule = get_linear_schedule_with_warmup(optimizer, 0, num_training_steps=900)  # here
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
            schedule.step()
        """,
    "in_arguments": """
        from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments
        model = GPT2LMHeadModel(GPT2Config(n_layer=8))
        args = TrainingArguments("out", learning_rate=2e-3, warmup_steps=0)  # here
        Trainer(model=model, args=args, train_dataset=rows).train()
        """,
    "times_the_processes": """
        import torch
        import torch.distributed as dist
        rate = 0.1 * 256 * dist.get_world_size() / 256
        optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)  # here
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_warm_up_of_no_steps": """
        import torch
        from torch import nn
        model = nn.Transformer(norm_first=True)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        WARMUP = 0  # here
        def factor(step):
            if step < WARMUP:
                return (step + 1) / WARMUP
            return 0.99 ** (step - WARMUP)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
            schedule.step()
        """,
    "one_cycle_without_its_rise": """
        import torch
        from torch import nn
        model = nn.Transformer()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        FLAT = 1
        def factor(step):
            if step < FLAT:
                return (step + 1) / FLAT
            return 0.99 ** (step - FLAT)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, 99, pct_start=0.0)  # here
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
            schedule.step()
        """,
    "restarts_are_no_warm_up": """
        import torch
        from torch import nn
        model = nn.Transformer()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)  # here
        FLAT = 1
        def factor(step):
            if step < FLAT:
                return (step + 1) / FLAT
            return 0.99 ** (step - FLAT)
        schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 10)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
            schedule.step()
        """,
    "a_rate_by_processes_under_a_name": """
        import torch
        import torch.distributed as dist
        world = dist.get_world_size()
        scaled = 0.1 * 128 * world / 256
        optimizer = torch.optim.SGD(model.parameters(), lr=scaled, momentum=0.9)  # here
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
}

SILENT = {
    "low_rate": _TRAIN.format(
        layer="", optimizer="AdamW(model.parameters(), lr=1e-4)", schedule=""
    ),
    "warmed_up": _TRAIN.format(
        layer="",
        optimizer="AdamW(model.parameters(), lr=1e-3)",
        schedule="s = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=99)",
    ),
    "norm_first": _TRAIN.format(
        layer=", norm_first=True", optimizer="AdamW(model.parameters(), lr=1e-3)", schedule=""
    ),
    "no_transformer": """
        import torch
        model = torch.nn.Linear(4, 4)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "pretrained": """
        import timm, torch
        model = timm.create_model("vit_small_patch16_224", pretrained=True)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "risen_by_hand": """
        import torch
        from planner import DecisionTransformer
        PEAK, STEPS = 1e-3, 1000
        model = DecisionTransformer(layers=6)
        optimizer = torch.optim.Adam(model.parameters(), lr=PEAK)
        for step, x in enumerate(loader):
            for group in optimizer.param_groups:
                group["lr"] = PEAK * min(1, step / STEPS)
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_transformer_of_columns": """
        import torch
        from sklearn.compose import ColumnTransformer
        columns = ColumnTransformer([("n", scaler, names)])
        model = torch.nn.Linear(4, 1)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_rate_of_one_process": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1 * 2, momentum=0.9)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "arguments_for_pretrained_weights": """
        from transformers import GPT2LMHeadModel, Trainer, TrainingArguments
        model = GPT2LMHeadModel.from_pretrained("gpt2")
        args = TrainingArguments("out", learning_rate=2e-3, warmup_steps=0)
        Trainer(model=model, args=args, train_dataset=rows).train()
        """,
    "a_warm_up_by_a_factor": """
        import torch
        from torch import nn
        model = nn.Transformer()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        WARMUP = 500
        def factor(step):
            if step < WARMUP:
                return (step + 1) / WARMUP
            return 0.99 ** (step - WARMUP)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
            schedule.step()
        """,
    "a_schedule_of_another_file": """
        from schedules import NoamLR
        import torch
        from torch import nn
        model = nn.Transformer()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        FLAT = 1
        def factor(step):
            if step < FLAT:
                return (step + 1) / FLAT
            return 0.99 ** (step - FLAT)
        schedule = NoamLR(optimizer)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
            schedule.step()
        """,
}
