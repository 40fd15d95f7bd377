"""Checkpoints without their optimizer, and such as have it or need none."""

_TRAIN = """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        for epoch in range(9):
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            {save}
        """

FIRES = {
    "with_the_epoch": _TRAIN.format(
        save="torch.save({'epoch': epoch, 'model': model.state_dict()}, path)  # here"
    ),
    "by_its_path": _TRAIN.format(
        save="torch.save(model.state_dict(), f'checkpoints/epoch_{epoch}.pt')  # here"
    ),
    "by_a_name": _TRAIN.format(
        save="state = dict(net=model.state_dict(), step=epoch); torch.save(state, 'a.pt')  # here"
    ),
    "of_a_wrapped_model": _TRAIN.format(
        save="torch.save({'ep': epoch, 'net': model.module.state_dict()}, path)  # here"
    ),
    "by_safetensors": """
        import torch
        from safetensors.torch import save_file
        optimizer = torch.optim.Adam(model.parameters())
        for step, x in enumerate(loader):
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
            save_file(model.state_dict(), "now.safetensors", metadata={"step": str(step)})  # here
        """,
    "a_union_of_tables": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        nets = {"model": model}
        for step, x in enumerate(loader):
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
            torch.save({"step": step} | {k: n.state_dict() for k, n in nets.items()}, f)  # here
        """,
    "a_helper_that_is_not_given_it": """
        import torch
        def save(path, model, epoch, optimizer=None):
            state = {"epoch": epoch, "model": model.state_dict()}
            if optimizer is not None:
                state["optimizer"] = optimizer.state_dict()
            torch.save(state, path)
        def train(model, loader):
            optimizer = torch.optim.Adam(model.parameters())
            for epoch in range(9):
                for x in loader:
                    optimizer.zero_grad()
                    model(x).mean().backward()
                    optimizer.step()
                save("last.pt", model, epoch)  # here
        """,
    "a_helper_that_is_given_none": """
        import torch
        def save(path, model, epoch, *, optimizer=None):
            torch.save({"epoch": epoch, "model": model.state_dict(),
                        "optimizer": optimizer.state_dict() if optimizer else None}, path)
        def train(model, loader):
            optimizer = torch.optim.Adam(model.parameters())
            for epoch in range(9):
                for x in loader:
                    optimizer.zero_grad()
                    model(x).mean().backward()
                    optimizer.step()
                save("last.pt", model, epoch, optimizer=None)  # here
        """,
    "settings_beside_the_model": """
        from dataclasses import asdict
        import torch
        def train(model, loader, settings):
            optimizer = torch.optim.Adam(model.parameters())
            for epoch in range(9):
                for x in loader:
                    optimizer.zero_grad()
                    model(x).mean().backward()
                    optimizer.step()
                state = {"epoch": epoch, "model": model.state_dict(), "args": asdict(settings)}
                torch.save(state, "last.pt")  # here
        """,
}

SILENT = {
    "whole": _TRAIN.format(
        save="torch.save({'e': epoch, 'm': model.state_dict(), 'o': optimizer.state_dict()}, p)"
    ),
    "filled_in": _TRAIN.format(
        save="""state = {'epoch': epoch, 'model': model.state_dict()}
            state['optimizer'] = optimizer.state_dict()
            torch.save(state, 'checkpoint.pt')"""
    ),
    "best_weights": _TRAIN.format(save="torch.save(model.state_dict(), 'best_checkpoint.pt')"),
    "out_of_sight": _TRAIN.format(save="torch.save(collect(model), 'checkpoint.pt')"),
    "not_trained_here": """
        import torch
        torch.save({"epoch": 1, "model": model.state_dict()}, "checkpoint.pt")
        """,
    "a_union_with_the_optimizer": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        parts = {"model": model, "optimizer": optimizer}
        for step, x in enumerate(loader):
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
            torch.save({"step": step, **{k: n.state_dict() for k, n in parts.items()}}, "last.pt")
        """,
    "updated_later": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        for step, x in enumerate(loader):
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
            state = dict(step=step, model=model.state_dict())
            state.update(optimizer=optimizer.state_dict())
            torch.save(state, "last.pt")
        """,
    "a_helper_that_is_given_it": """
        import torch
        def save(path, model, epoch, optimizer=None):
            state = {"epoch": epoch, "model": model.state_dict()}
            if optimizer is not None:
                state["optimizer"] = optimizer.state_dict()
            torch.save(state, path)
        def train(model, loader):
            optimizer = torch.optim.Adam(model.parameters())
            for epoch in range(9):
                for x in loader:
                    optimizer.zero_grad()
                    model(x).mean().backward()
                    optimizer.step()
                save("last.pt", model, epoch, optimizer)
                save("epoch.pt", model, epoch)
        """,
    "a_helper_that_is_given_what_it_is_given": """
        import torch
        def save(path, model, epoch, optimizer=None):
            state = {"epoch": epoch, "model": model.state_dict()}
            if optimizer is not None:
                state["optimizer"] = optimizer.state_dict()
            torch.save(state, path)
        def train(model, loader, **parts):
            optimizer = torch.optim.Adam(model.parameters())
            for epoch in range(9):
                for x in loader:
                    optimizer.zero_grad()
                    model(x).mean().backward()
                    optimizer.step()
                save("last.pt", model, epoch, **parts)
        """,
}
