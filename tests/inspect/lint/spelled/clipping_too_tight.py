"""Limits that cut every gradient, and such as cut a few."""

FIRES = {
    "by_position": """
        import torch
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1e-3)  # here
        """,
    "by_a_name": """
        from torch.nn.utils import clip_grad_norm_
        MAX_NORM = 1e-2
        def step(model):
            clip_grad_norm_(model.parameters(), max_norm=MAX_NORM)  # here
        """,
    "by_value": """
        import torch
        torch.nn.utils.clip_grad_value_(model.parameters(), clip_value=1e-5)  # here
        """,
    "of_a_trainer": """
        from transformers import TrainingArguments
        args = TrainingArguments("out", max_grad_norm=0.001)  # here
        """,
    "in_a_hook": """
        import torch
        def limit_hooks(model, limit):
            for p in model.parameters():
                p.register_hook(lambda g: g.clamp(-limit, limit))
        limit_hooks(model, 1e-9)  # here
        """,
    "a_partial_hook": """
        import torch
        from functools import partial
        def tame(g, limit):
            return g.clamp(-limit, limit)
        for p in model.parameters():
            p.register_hook(partial(tame, limit=1e-8))  # here
        """,
    "a_class_of_settings": """
        import torch
        class CFG:
            clip = 1e-5
        def step(model, cfg):
            torch.nn.utils.clip_grad_norm_(model.parameters(), cfg.clip)  # here
        step(model, CFG)
        """,
    "gradients_in_place": """
        import torch
        for p in model.parameters():
            p.grad.data.clamp_(-1e-6, 1e-6)  # here
        """,
    "of_deepspeed": """
        import deepspeed, torch
        settings = {
            "train_batch_size": 8,
            "gradient_clipping": 1e-6,  # here
        }
        """,
    "of_fabric": """
        import torch
        fabric.clip_gradients(model, optimizer, max_norm=1e-5)  # here
        """,
    "a_field_of_a_config_that_a_class_method_makes": """
        import torch
        from dataclasses import dataclass, field
        @dataclass
        class Optim:
            lr: float = 0.1
            weight_decay: float = 1e-4
        @dataclass
        class Config:
            optim: Optim = field(default_factory=Optim)
            @classmethod
            def load(cls, path):
                return cls(Optim(**read(path)))
        class Engine:
            def __init__(self, cfg: "Config"):
                self.cfg = cfg
            def update(self, loss):
                o = self.cfg.optim
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.net.parameters(), o.weight_decay)  # here
        Engine(Config.load("a.json"))
        """,
    "a_config_that_a_function_is_said_to_give": """
        import torch
        from dataclasses import dataclass
        @dataclass
        class Config:
            clip: float = 1e-4
        def load(path) -> Config:
            return parse(path)
        cfg = load("a.yaml")
        torch.nn.utils.clip_grad_norm_(net.parameters(), cfg.clip)  # here
        """,
    "a_partial_of_a_module": """
        import functools
        import torch
        class Engine:
            def __init__(self, net):
                self.net = net
                self.clip = functools.partial(torch.nn.utils.clip_grad_norm_, max_norm=1e-4)
            def update(self, loss):
                loss.backward()
                self.clip(self.net.parameters())  # here
        """,
}

SILENT = {
    "as_used": """
        import torch
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.1)
        torch.nn.utils.clip_grad_value_(model.parameters(), 0.5)
        """,
    "given_by_others": """
        import torch
        def step(model, limit):
            torch.nn.utils.clip_grad_norm_(model.parameters(), limit)
        """,
    "off": """
        from lightning import Trainer
        trainer = Trainer(gradient_clip_val=0)
        """,
    "to_measure": """
        import torch
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), float("inf"))
        """,
    "a_wide_hook": """
        import torch
        for p in model.parameters():
            p.register_hook(lambda g: g.clamp(-1.0, 1.0))
        """,
    "weights_in_place": """
        import torch
        for p in critic.parameters():
            p.data.clamp_(-1e-4, 1e-4)
        """,
    "of_deepspeed_as_used": """
        import deepspeed, torch
        settings = {"train_batch_size": 8, "gradient_clipping": 1.0}
        """,
    "a_function_of_the_file_with_a_limit_of_its_own": """
        import torch
        def clip_gradients(params, factor, eps=1e-3):
            for p in params:
                limit = p.norm().clamp(min=eps) * factor
                p.grad.mul_((limit / p.grad.norm()).clamp(max=1))
        clip_gradients(net.parameters(), 0.01)
        """,
}
