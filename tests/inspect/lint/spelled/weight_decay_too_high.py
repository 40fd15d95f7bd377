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
    "a_penalty": """
        import torch
        def l2(model):
            return sum(p.pow(2).sum() for p in model.parameters())
        price = 100.0
        for x, y in loader:
            loss = loss_fn(model(x), y) + price * l2(model)  # here
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        """,
    "by_hand": """
        import torch
        @torch.no_grad()
        def decay(model, lr, wd):
            for p in model.parameters():
                p.mul_(1 - lr * wd)
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
            decay(model, 0.1, wd=5.0)  # here
        """,
    "groups_by_a_function": """
        import torch
        def split(net, decay):
            weights = [p for n, p in net.named_parameters() if n.endswith("weight")]
            rest = [p for n, p in net.named_parameters() if n.endswith("bias")]
            return [{"params": weights, "weight_decay": decay}, {"params": rest, "weight_decay": 0}]
        optimizer = torch.optim.SGD(split(net, 0.5), lr=0.1)  # here
        """,
    "a_stack_of_squares": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        def ridge(net):
            return torch.stack([w.square().sum() for w in net.parameters() if w.ndim == 2]).sum()
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss = loss + 0.5 * ridge(model)  # here
            loss.backward()
            optimizer.step()
        """,
    "a_sum_in_a_loop": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())

        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            norm = 0.0
            for p in model.parameters():
                norm += p.pow(2).sum()
            loss = loss + norm * 0.5  # here
            loss.backward()
            optimizer.step()
        """,
    "two_arguments_in_each_others_place": """
        import argparse, torch
        def sgd(params, lr, weight_decay, momentum):
            return torch.optim.SGD(params, lr, momentum=momentum, weight_decay=weight_decay)
        def options():
            parser = argparse.ArgumentParser()
            parser.add_argument("--momentum", type=float, default=0.9)
            parser.add_argument("--decay", type=float, default=1e-4)
            return parser.parse_args()
        def main():
            args = options()
            return sgd(model.parameters(), 0.1, args.momentum, args.decay)  # here
        main()
        """,
    "by_a_function_of_settings": """
        import torch
        def settings():
            cfg = {"lr": 0.1, "wd": 0.5}
            return cfg
        cfg = settings()
        optimizer = torch.optim.SGD(model.parameters(), cfg["lr"], weight_decay=cfg["wd"])  # here
        """,
    "a_part_taken_off": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        @torch.no_grad()
        def shrink(net, amount=0.02):
            for p in net.parameters():
                p.sub_(amount * p)  # here
        shrink(model)
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            shrink(model)
            loss.backward()
            optimizer.step()
        """,
}

SILENT = {
    "beside_a_summed_loss": """
        import torch
        from torch import nn
        size = 512
        loss_fn = nn.CrossEntropyLoss(reduction="sum")
        optimizer = torch.optim.SGD(net.parameters(), lr=0.4 / size, weight_decay=5e-4 * size)
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(net(x), y)
            loss.backward()
            optimizer.step()
        """,
    "a_function_of_settings_in_use": """
        import argparse, torch
        def options():
            parser = argparse.ArgumentParser()
            parser.add_argument("--momentum", type=float, default=0.9)
            parser.add_argument("--decay", type=float, default=1e-4)
            return parser.parse_args()
        args = options()
        optimizer = torch.optim.SGD(net.parameters(), 0.1, args.momentum, weight_decay=args.decay)
        """,
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
    "a_small_penalty": """
        import torch
        def l2(model):
            return sum(p.pow(2).sum() for p in model.parameters())
        for x, y in loader:
            loss = loss_fn(model(x), y) + 1e-4 * l2(model)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        """,
    "a_price_on_something_else": """
        import torch
        for x, y in loader:
            loss = loss_fn(model(x), y) + 100.0 * sum(p.pow(2).sum() for p in gaps)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        """,
    "a_little_by_hand": """
        import torch
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
            with torch.no_grad():
                for p in model.parameters():
                    p.mul_(1 - 0.1 * 5e-4)
        """,
    "an_average_of_weights": """
        import torch
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
            for p in average.parameters():
                p.mul_(0.9)
        """,
    "distance_to_where_it_began": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())

        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss = loss + 0.5 * sum((p - q).pow(2).sum() for p, q in zip(model.parameters(), old))
            loss.backward()
            optimizer.step()
        """,
    "a_small_part_taken_off": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())

        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            with torch.no_grad():
                for p in model.parameters():
                    p.sub_(1e-4 * p)
            loss.backward()
            optimizer.step()
        """,
    "the_norm_of_gradients": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())

        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            told = 0.5 * sum(p.grad.pow(2).sum() for p in model.parameters())
            loss.backward()
            optimizer.step()
        """,
}
