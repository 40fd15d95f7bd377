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
}
