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
    "a_class_of_torchvision_by_a_table": """
        import torch
        from torchvision.models import VisionTransformer
        KINDS = {}
        def register(build):
            KINDS[build.__name__] = build
            return build
        @register
        def tiny(classes):
            return VisionTransformer(64, 8, 12, 3, 192, 768, num_classes=classes)
        model = KINDS["tiny"](10)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)  # here
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "by_the_name_of_a_model": """
        import torch
        from torchvision.models import get_model
        KIND = "swin_t"
        model = get_model(KIND, weights=None)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)  # here
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "from_a_config_under_a_trainer": """
        from transformers import AutoConfig, AutoModelForCausalLM, Trainer, TrainingArguments
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained("gpt2"))
        args = TrainingArguments("out", learning_rate=1e-3, lr_scheduler_type="cosine")  # here
        Trainer(model=model, args=args, train_dataset=rows).train()
        """,
    "a_schedule_of_timm_with_no_warm_up": """
        import torch
        from timm.scheduler import CosineLRScheduler
        from vit_pytorch import ViT
        model = ViT(image_size=32, patch_size=4, num_classes=10, dim=64, depth=6)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)  # here
        schedule = CosineLRScheduler(optimizer, t_initial=100, lr_min=1e-5)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "taken_away_from_a_schedule_by_name": """
        import torch
        from transformers import AutoModel, get_scheduler
        model = AutoModel.from_pretrained("bert-large-uncased")
        optimizer = torch.optim.Adam(model.parameters(), lr=2e-4)
        schedule = get_scheduler("linear", optimizer, 0, num_training_steps=900)  # here
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_function_of_the_step_with_no_warm_up": """
        import torch
        from torch import nn
        model = nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4), 6)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        warmup_iters = 0  # here
        def rate(it):
            if it < warmup_iters:
                return 1e-3 * it / warmup_iters
            return 1e-3 * (1 - it / 10000)
        for it, x in enumerate(loader):
            lr = rate(it)
            for group in optimizer.param_groups:
                group["lr"] = lr
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_function_of_timm": """
        import torch
        from timm.models.vision_transformer import vit_small_patch16_224
        model = vit_small_patch16_224(pretrained=False)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)  # here
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_warm_up_that_stays_at_its_height": """
        import torch
        from torch import nn
        from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
        model = nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4), 6)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)  # here
        warm = LinearLR(optimizer, start_factor=1.0, total_iters=500)
        plan = SequentialLR(optimizer, [warm, CosineAnnealingLR(optimizer, 9500)], [500])
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_warm_up_that_is_off": """
        import torch
        from torch import nn
        from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR
        CFG = {"lr": 1e-3, "use_warmup": False}
        model = nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4), 6)
        optimizer = torch.optim.AdamW(model.parameters(), lr=CFG["lr"])  # here
        if CFG["use_warmup"]:
            plan = LinearLR(optimizer, 0.01, total_iters=500)
        else:
            plan = CosineAnnealingLR(optimizer, 10000)
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
    "by_the_name_of_a_model_with_weights": """
        import torch
        from torchvision.models import get_model
        model = get_model("vit_b_16", weights="DEFAULT")
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_config_whose_weights_are_loaded": """
        import torch
        from transformers import AutoConfig, AutoModelForCausalLM
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained("gpt2"))
        model.load_state_dict(torch.load("w.pt", weights_only=True))
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_schedule_of_timm_with_its_warm_up": """
        import torch
        from timm.scheduler import CosineLRScheduler
        from vit_pytorch import ViT
        model = ViT(image_size=32, patch_size=4, num_classes=10, dim=64, depth=6)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        schedule = CosineLRScheduler(optimizer, t_initial=100, warmup_t=5, warmup_lr_init=1e-6)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_function_of_the_step_with_its_warm_up": """
        import torch
        from torch import nn
        model = nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4), 6)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        def rate(it):
            return 1e-3 * min(it / 100, 1 - it / 10000)
        for it, x in enumerate(loader):
            lr = rate(it)
            for group in optimizer.param_groups:
                group["lr"] = lr
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_warm_up_that_is_on": """
        import torch
        from torch import nn
        from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR
        CFG = {"lr": 1e-3, "use_warmup": True}
        model = nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4), 6)
        optimizer = torch.optim.AdamW(model.parameters(), lr=CFG["lr"])
        if CFG["use_warmup"]:
            plan = LinearLR(optimizer, 0.01, total_iters=500)
        else:
            plan = CosineAnnealingLR(optimizer, 10000)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
}
