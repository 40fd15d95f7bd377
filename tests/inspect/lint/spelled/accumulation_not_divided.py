"""Gradients that add up undivided, and divided ones."""

FIRES = {
    "a_counter": """
        import torch
        def train(model, loader, optimizer, criterion, k):
            count = 0
            for x, y in loader:
                loss = criterion(model(x), y)
                loss.backward()  # here
                count += 1
                if count == k:
                    optimizer.step()
                    optimizer.zero_grad()
                    count = 0
        """,
    "no_remainder": """
        import torch
        def train(model, loader, optimizer, criterion, accumulation_steps=8):
            optimizer.zero_grad()
            for idx, (x, y) in enumerate(loader, start=1):
                output = model(x)
                loss = criterion(output, y)
                loss.backward()  # here
                if not idx % accumulation_steps:
                    optimizer.step()
                    optimizer.zero_grad()
        """,
    "every_few_batches": """
        import torch
        import torch.nn.functional as F
        def train(model, loader, optimizer, steps):
            for i, (x, y) in enumerate(loader):
                loss = F.cross_entropy(model(x), y)
                loss.backward()  # here
                if (i + 1) % steps == 0:
                    optimizer.step()
                    optimizer.zero_grad()
        """,
    "criterion": """
        import torch
        def train(model, loader, optimizer, criterion):
            for i, (x, y) in enumerate(loader):
                criterion(model(x), y).backward()  # here
                if i % 4 == 3:
                    optimizer.step()
                    optimizer.zero_grad()
        """,
    "loss_of_a_model": """
        import torch
        def train(model, loader, optimizer, scaler, config):
            for step, batch in enumerate(loader):
                outputs = model(**batch)
                loss = outputs.loss
                scaler.scale(loss).backward()  # here
                if step % config.accumulate == 0:
                    scaler.step(optimizer)
                    scaler.update()
                    optimizer.zero_grad()
        """,
    "micro_batches": """
        import torch
        import torch.nn.functional as F
        def train(model, batches, optimizer, accum_steps):
            for step in range(100):
                optimizer.zero_grad()
                for _ in range(accum_steps):
                    x, y = next(batches)
                    loss = F.mse_loss(model(x), y)
                    loss.backward()  # here
                optimizer.step()
        """,
    "micro_batches_drawn_by_next": """
        import torch
        import torch.nn.functional as F
        def train(model, loader, n):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            it = iter(loader)
            for step in range(1000):
                opt.zero_grad()
                for _ in range(n):
                    x, y = next(it)
                    loss = F.mse_loss(model(x), y)
                    loss.backward()  # here
                opt.step()
        """,
    "groups_of_batches": """
        import torch
        import torch.nn.functional as F
        from itertools import batched
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for group in batched(loader, 4):
            for x, y in group:
                loss = F.cross_entropy(model(x), y)
                loss.backward()  # here
            opt.step()
            opt.zero_grad()
        """,
    "a_mean_by_hand": """
        import torch
        import torch.nn.functional as F
        def nll(logits, y, mask):
            lost = F.cross_entropy(logits, y, reduction="none")
            return (lost * mask).sum() / mask.sum()
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for i, (x, y, mask) in enumerate(loader):
            loss = nll(model(x), y, mask)
            loss.backward()  # here
            if (i + 1) % 8 == 0:
                opt.step()
                opt.zero_grad()
        """,
    "a_root_of_means": """
        import torch
        class Trainer:
            def __init__(self, net):
                self.net, self.seen = net, 0
                self.opt = torch.optim.Adam(net.parameters())
            def loss(self, x, y):
                return (self.net(x) - y).square().mean().sqrt()
            def back(self, loss):
                loss.backward()  # here
                self.seen += 1
                if self.seen % 4 == 0:
                    self.opt.step()
                    self.opt.zero_grad()
            def fit(self, loader):
                for x, y in loader:
                    self.back(self.loss(x, y))
        """,
    "by_a_flag_of_ddp": """
        import torch
        import torch.nn.functional as F
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for i, (x, y) in enumerate(loader):
            update = (i + 1) % accum == 0 or i + 1 == len(loader)
            loss = F.cross_entropy(model(x), y)
            loss.backward()  # here
            if not update:
                continue
            opt.step()
            opt.zero_grad()
        """,
    "fabric_no_backward_sync": """
        import torch
        import torch.nn.functional as F
        from lightning.fabric import Fabric
        fabric = Fabric()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for i, (x, y) in enumerate(loader):
            going = (i + 1) % 8 != 0
            with fabric.no_backward_sync(net, enabled=going):
                fabric.backward(F.mse_loss(net(x), y))  # here
            if not going:
                opt.step()
                opt.zero_grad()
        """,
    "pieces_of_a_step_that_another_function_makes": """
        import torch
        import torch.nn.functional as F
        def make_step(net, opt, n):
            def step(x, y):
                opt.zero_grad()
                for a, b in zip(x.tensor_split(n), y.tensor_split(n)):
                    F.cross_entropy(net(a), b).backward()  # here
                opt.step()
            return step
        def main(net, loader):
            opt = torch.optim.SGD(net.parameters(), lr=0.1)
            step = make_step(net, opt, 4)
            for x, y in loader:
                step(x, y)
        """,
    "slices_of_a_batch": """
        import torch
        import torch.nn.functional as F
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            for start in range(0, len(x), 8):
                loss = F.cross_entropy(net(x[start:start + 8]), y[start:start + 8])
                loss.backward()  # here
            opt.step()
        """,
    "split_by_torch": """
        import torch
        import torch.nn.functional as F
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            for a, b in zip(torch.split(x, 8), torch.split(y, 8)):
                loss = F.cross_entropy(net(a), b)
                loss.backward()  # here
            opt.step()
        """,
}

SILENT = {
    "now_and_then": """
        import torch
        def train(model, loader, optimizer, criterion, warm):
            for x, y in loader:
                optimizer.zero_grad()
                criterion(model(x), y).backward()
                if warm:
                    optimizer.step()
        """,
    "divided": """
        import torch
        import torch.nn.functional as F
        def train(model, loader, optimizer, steps):
            for i, (x, y) in enumerate(loader):
                loss = F.cross_entropy(model(x), y) / steps
                loss.backward()
                if (i + 1) % steps == 0:
                    optimizer.step()
                    optimizer.zero_grad()
        """,
    "divided_in_place": """
        import torch
        import torch.nn.functional as F
        def train(model, loader, optimizer, steps):
            for i, (x, y) in enumerate(loader):
                loss = F.cross_entropy(model(x), y)
                loss /= steps
                loss.backward()
                if (i + 1) % steps == 0:
                    optimizer.step()
                    optimizer.zero_grad()
        """,
    "gradients_divided": """
        import torch
        import torch.nn.functional as F
        def train(model, loader, optimizer, steps):
            for i, (x, y) in enumerate(loader):
                F.cross_entropy(model(x), y).backward()
                if (i + 1) % steps == 0:
                    for p in model.parameters():
                        p.grad /= steps
                    optimizer.step()
                    optimizer.zero_grad()
        """,
    "summed_by_intent": """
        import torch
        import torch.nn.functional as F
        def train(model, loader, optimizer, steps):
            for i, (x, y) in enumerate(loader):
                F.cross_entropy(model(x), y, reduction="sum").backward()
                if (i + 1) % steps == 0:
                    optimizer.step()
                    optimizer.zero_grad()
        """,
    "every_batch": """
        import torch
        import torch.nn.functional as F
        def train(model, loader, optimizer):
            for i, (x, y) in enumerate(loader):
                optimizer.zero_grad()
                loss = F.cross_entropy(model(x), y)
                loss.backward()
                optimizer.step()
                if i % 10 == 0:
                    print(loss.item())
        """,
    "generator_now_and_then": """
        import torch
        def train(g, d, loader, opt_g, opt_d, criterion):
            for i, (x, y) in enumerate(loader):
                opt_d.zero_grad()
                criterion(d(x), y).backward()
                opt_d.step()
                if i % 5 == 0:
                    opt_g.zero_grad()
                    criterion(d(g(x)), y).backward()
                    opt_g.step()
        """,
    "accelerate": """
        import torch
        from accelerate import Accelerator
        def train(model, loader, optimizer, criterion):
            accelerator = Accelerator(gradient_accumulation_steps=4)
            for i, (x, y) in enumerate(loader):
                loss = criterion(model(x), y)
                accelerator.backward(loss)
                if i % 4 == 3:
                    optimizer.step()
                    optimizer.zero_grad()
        """,
    "a_sum_over_tasks": """
        import torch
        import torch.nn.functional as F
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for x in loader:
            opt.zero_grad()
            for head in heads:
                F.mse_loss(head(model(x)), x).backward()
            opt.step()
        """,
    "divided_by_the_group": """
        import torch
        import torch.nn.functional as F
        from itertools import batched
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for group in batched(loader, 4):
            for x, y in group:
                loss = F.cross_entropy(model(x), y) / len(group)
                loss.backward()
            opt.step()
            opt.zero_grad()
        """,
    "gradients_divided_before_the_step": """
        import torch
        import torch.nn.functional as F
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for i, (x, y) in enumerate(loader):
            F.cross_entropy(model(x), y).backward()
            if (i + 1) % 8 == 0:
                for p in model.parameters():
                    p.grad /= 8
                opt.step()
                opt.zero_grad()
        """,
    "accelerate_that_is_told": """
        import torch
        import torch.nn.functional as F
        from accelerate import Accelerator
        acc = Accelerator(gradient_accumulation_steps=8)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for i, (x, y) in enumerate(loader):
            acc.backward(F.mse_loss(net(x), y))
            if (i + 1) % 8 == 0:
                opt.step()
                opt.zero_grad()
        """,
    "pieces_weighted_by_their_share": """
        import torch
        import torch.nn.functional as F
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            for a, b in zip(x.split(8), y.split(8)):
                loss = F.cross_entropy(net(a), b)
                (loss * len(a) / len(x)).backward()
            opt.step()
        """,
    "several_steps_over_one_batch": """
        import torch
        import torch.nn.functional as F
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            for a, b in zip(x.split(8), y.split(8)):
                opt.zero_grad()
                F.cross_entropy(net(a), b).backward()
                opt.step()
        """,
}
