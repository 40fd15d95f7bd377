"""Optimizers that decay norms, and such as do not."""

_NET = """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.norm = nn.{norm}
                self.fc = nn.Linear(8, 8)
        model = Net()
        {optimizer}
        """

FIRES = {
    "one_piece": _NET.format(
        norm="LayerNorm(8)",
        optimizer="o = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)  # here",
    ),
    "by_position": _NET.format(
        norm="BatchNorm1d(8)",
        optimizer="o = torch.optim.SGD(model.parameters(), 0.1, 0.9, 0, 0.01)  # here",
    ),
    "of_a_part": """
        import torch
        from torch import nn
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.norm = nn.GroupNorm(2, 8)
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.blocks = nn.Sequential(Block(), Block())
            def configure_optimizers(self):
                return torch.optim.AdamW(self.parameters(), weight_decay=0.05)  # here
        """,
    "of_a_library": """
        import timm, torch
        model = timm.create_model("vit_tiny_patch16_224").cuda()
        optimizer = torch.optim.AdamW(list(model.parameters()), 1e-3, weight_decay=0.05)  # here
        """,
    "groups_by_part": """
        import torch
        from torchvision.models import convnext_tiny
        def groups(net, lr):
            found = []
            for depth, block in enumerate(net.features.children()):
                found.append({"params": block.parameters(), "lr": lr / (depth + 1)})
            found.append({"params": net.classifier.parameters(), "lr": lr})
            return found
        net = convnext_tiny()
        optimizer = torch.optim.AdamW(groups(net, 1e-3), weight_decay=0.05)  # here
        """,
    "a_norm_of_its_own": """
        import torch
        from torch import nn
        class RMSNorm(nn.Module):
            def __init__(self, d):
                super().__init__()
                self.scale = nn.Parameter(torch.ones(d))
        class Net(nn.Module):
            def __init__(self, d):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(d, d), RMSNorm(d))
        net = Net(8)
        optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.1)  # here
        """,
    "but_biases": """
        import torch
        from transformers import AutoModel
        def groups(model):
            decay, plain = [], []
            for name, p in model.named_parameters():
                (plain if name.endswith("bias") else decay).append(p)
            return [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
        model = AutoModel.from_pretrained("roberta-base")
        optimizer = torch.optim.AdamW(groups(model), lr=2e-5)  # here
        """,
    "names_that_no_norm_has": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.ln_1, self.out = nn.LayerNorm(8), nn.Linear(8, 8)
        model = Net()
        LEFT_OUT = ("bias", "LayerNorm.weight")
        named = list(model.named_parameters())
        groups = [
            {"params": [p for n, p in named if not n.endswith(LEFT_OUT)], "weight_decay": 0.1},
            {"params": [p for n, p in named if n.endswith(LEFT_OUT)], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=6e-4)  # here
        """,
    "names_of_another_family": """
        import argparse, torch
        from transformers import AutoModelForCausalLM
        def options():
            parser = argparse.ArgumentParser()
            parser.add_argument("--model", default="gpt2")
            parser.add_argument("--decay", type=float, default=0.1)
            return parser.parse_args()
        def build(args, model):
            plain = ["bias", "LayerNorm.weight"]
            named = list(model.named_parameters())
            kept = [p for n, p in named if not any(w in n for w in plain)]
            rest = [p for n, p in named if any(w in n for w in plain)]
            return torch.optim.AdamW([  # here
                {"params": kept, "weight_decay": args.decay}, {"params": rest, "weight_decay": 0.0},
            ])
        def main():
            args = options()
            build(args, AutoModelForCausalLM.from_pretrained(args.model))
        main()
        """,
    "a_part_and_the_rest": """
        import torch
        from torchvision.models import resnet18
        net = resnet18()
        head = set(map(id, net.fc.parameters()))
        body = filter(lambda p: id(p) not in head, net.parameters())
        optimizer = torch.optim.AdamW(  # here
            [{"params": body, "lr": 1e-4}, {"params": net.fc.parameters()}], weight_decay=0.05
        )
        """,
    "matrices_and_the_rest_alike": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
        def wide(net):
            for p in net.parameters():
                if p.ndim > 1:
                    yield p
        matrices = list(wide(net))
        ids = {id(p) for p in matrices}
        rest = [p for p in net.parameters() if id(p) not in ids]
        groups = [{"params": matrices}, {"params": rest}]
        optimizer = torch.optim.AdamW(groups, weight_decay=0.1)  # here
        """,
    "rates_by_depth": """
        import torch
        from torchvision.models import convnext_tiny
        model = convnext_tiny()
        def by_depth(net):
            for depth, stage in enumerate([*net.features, net.classifier]):
                yield {"params": stage.parameters(), "lr": 0.7**depth}
        optimizer = torch.optim.AdamW(by_depth(model), weight_decay=0.05)  # here
        """,
    "all_that_is_not_frozen": """
        import torch
        from transformers import AutoModelForSeq2SeqLM
        model = AutoModelForSeq2SeqLM.from_pretrained("bart")
        free = (p for p in model.parameters() if p.requires_grad)
        optimizer = torch.optim.AdamW(free, lr=4e-5, weight_decay=0.1)  # here
        """,
    "by_a_table_of_builders": """
        import torch
        from torch import nn
        from torch.optim import AdamW
        BUILDERS = {
            "sgd": lambda m, lr, **_: torch.optim.SGD(m.parameters(), lr=lr),
            "adamw": lambda m, lr, wd: AdamW(m.parameters(), lr=lr, weight_decay=wd),  # here
        }
        def main(settings):
            net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
            return BUILDERS[settings["kind"]](net, 1e-3, wd=settings["wd"])
        main({"kind": "adamw", "wd": 0.05})
        """,
}

SILENT = {
    "no_decay": _NET.format(
        norm="LayerNorm(8)",
        optimizer="o = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)",
    ),
    "no_norm": _NET.format(
        norm="Linear(8, 8)",
        optimizer="o = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)",
    ),
    "groups": _NET.format(
        norm="LayerNorm(8)",
        optimizer="o = torch.optim.AdamW([{'params': a, 'weight_decay': 0.1}, {'params': b}])",
    ),
    "usual_recipe_of_sgd": _NET.format(
        norm="BatchNorm1d(8)",
        optimizer="o = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=1e-4)",
    ),
    "norms_without_a_scale": """
        import torch
        from torch import nn
        net = nn.Sequential(
            nn.Linear(4, 4, bias=False), nn.LayerNorm(4, elementwise_affine=False),
            nn.BatchNorm1d(4, affine=False), nn.InstanceNorm1d(4),
        )
        optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.1)
        """,
    "names_of_its_own_family": """
        import torch
        from transformers import AutoModel
        model = AutoModel.from_pretrained("bert-base-uncased")
        plain = ("bias", "LayerNorm.weight")
        kept = [p for n, p in model.named_parameters() if not any(w in n for w in plain)]
        rest = [p for n, p in model.named_parameters() if any(w in n for w in plain)]
        optimizer = torch.optim.AdamW(
            [{"params": kept, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}]
        )
        """,
    "the_rest_without_decay": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
        matrices = [m.weight for m in net.modules() if isinstance(m, nn.Linear)]
        ids = {id(p) for p in matrices}
        rest = [p for p in net.parameters() if id(p) not in ids]
        optimizer = torch.optim.AdamW(
            [{"params": matrices}, {"params": rest, "weight_decay": 0.0}], weight_decay=0.1
        )
        """,
    "the_rest_loses_its_decay_later": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
        matrices = [m.weight for m in net.modules() if isinstance(m, nn.Linear)]
        ids = {id(p) for p in matrices}
        rest = [p for p in net.parameters() if id(p) not in ids]
        optimizer = torch.optim.AdamW([{"params": matrices}, {"params": rest}], weight_decay=0.1)
        optimizer.param_groups[1]["weight_decay"] = 0.0
        """,
    "norms_apart_by_name": """
        import torch
        from transformers import AutoModel
        def groups(model):
            decay, plain = [], []
            for name, p in model.named_parameters():
                (plain if name.endswith("bias") or "norm" in name.lower() else decay).append(p)
            return [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
        model = AutoModel.from_pretrained("roberta-base")
        optimizer = torch.optim.AdamW(groups(model), lr=2e-5)
        """,
    "groups_with_a_decay_of_their_own": """
        import torch
        from torchvision.models import resnet18
        net = resnet18()
        optimizer = torch.optim.AdamW(
            [
                {"params": net.layer4.parameters(), "weight_decay": 0.0},
                {"params": net.fc.parameters()},
            ],
            weight_decay=0.05,
        )
        """,
    "a_head_alone": """
        import torch
        from torch import nn
        from torchvision.models import resnet18
        net = resnet18()
        net.fc = nn.Linear(512, 4)
        optimizer = torch.optim.AdamW([{"params": net.fc.parameters()}], weight_decay=0.05)
        """,
    "filtered_by_dimension": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
        decayed = [p for p in net.parameters() if p.ndim > 1]
        optimizer = torch.optim.AdamW(decayed, weight_decay=0.05)
        """,
    "names_that_its_norms_have": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.ln_1, self.out = nn.LayerNorm(8), nn.Linear(8, 8)
        model = Net()
        LEFT_OUT = ("bias", "ln_1.weight")
        named = list(model.named_parameters())
        groups = [
            {"params": [p for n, p in named if not n.endswith(LEFT_OUT)], "weight_decay": 0.1},
            {"params": [p for n, p in named if n.endswith(LEFT_OUT)], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=6e-4)
        """,
    "by_dimension_in_groups": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
        decayed, plain = [], []
        for name, p in net.named_parameters():
            if not p.requires_grad:
                continue
            if p.ndim <= 1 or name.endswith("bias"):
                plain.append(p)
            else:
                decayed.append(p)
        groups = [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups)
        """,
}
