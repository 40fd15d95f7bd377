"""Serves the page on this machine alone: a free port, an address with a token, until Ctrl-C."""

from __future__ import annotations

import errno
import logging
import secrets
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from types import FrameType
from typing import TYPE_CHECKING, Any

from neural_trainer.dashboard.web.allocation import give_back_large_blocks
from neural_trainer.errors import MissingPackage, NeuralTrainerError

if TYPE_CHECKING:
    from neural_trainer.dashboard.looking import Looker
    from neural_trainer.dashboard.web.watching import Watch

HOST = "127.0.0.1"
TRIES = 50  # ports, from the first on
TOKEN_BYTES = 24
SWITCH_S = 5e-4  # between threads: a browser does not wait for a log that is being judged
GOODBYE_S = 1  # for answers under way when it is stopped


def bound(port: int) -> socket.socket:
    """Return a socket on the first free port from `port` on; 0 takes any.

    Raises NeuralTrainerError where none is free.
    """
    for number in range(port, port + TRIES):
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((HOST, min(number, 65_535)))
            made.listen()  # two that start at once: the second is told here
        except OSError as error:
            made.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise NeuralTrainerError(f"{HOST}:{number}: {error.strerror or error}") from error
        else:
            return made
    raise NeuralTrainerError(
        f"no port from {port} to {port + TRIES - 1} is free; name another with --port"
    )


def demand_packages() -> None:
    """Raise MissingPackage where starlette or uvicorn is not there; imports neither."""
    if any(find_spec(name) is None for name in ("starlette", "uvicorn")):
        raise MissingPackage("starlette uvicorn", "monitor --web", "serve")


def server(watch: Watch, token: str) -> Any:
    """Return a uvicorn.Server that answers of what `watch` sees, below /TOKEN/."""
    import uvicorn

    from neural_trainer.dashboard.web.app import application

    config = uvicorn.Config(
        application(watch, token), log_level=logging.ERROR, access_log=False, lifespan="off",
        server_header=False, timeout_graceful_shutdown=GOODBYE_S, loop="asyncio", http="h11",
        ws="none",
    )  # fmt: skip

    class Ending(uvicorn.Server):
        """Lets go of those who wait for news before it waits for them."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            watch.let_go()
            super().handle_exit(sig, frame)

        async def on_tick(self, counter: int) -> bool:
            return await super().on_tick(counter) or watch.failure is not None

    return Ending(config)


def serve(looker: Looker, port: int, say: Callable[[str], None]) -> None:
    """Serve what a Looker sees until interrupted; `say` is told the address first.

    Raises MissingPackage without starlette or uvicorn.
    """
    demand_packages()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    give_back_large_blocks()
    sys.setswitchinterval(SWITCH_S)
    from neural_trainer.dashboard.web.watching import Watch

    watch = Watch(looker)
    with closing(bound(port)) as made:
        taken = made.getsockname()[1]
        if port and taken != port:
            say(f"port {port} is in use: this one is on {taken}")
        say(f"http://{HOST}:{taken}/{token}/")
        say("Ctrl-C ends it; the address is for you alone, on this machine (or by ssh -L)")
        watch.start()  # before what serves is imported: a browser waits for the logs
        try:
            server(watch, token).run(sockets=[made])
        except KeyboardInterrupt:  # the way out
            pass
        finally:
            watch.stop()
    if watch.failure is not None:
        raise watch.failure
