"""Where trials are kept: a journal file, a database, or a storage behind Optuna's gRPC proxy."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from neural_trainer.errors import ConfigError, MissingPackage, NeuralTrainerError
from neural_trainer.study.sweep.settings import JOURNAL, SQLITE, Sweep

JOURNAL_FILE, DATABASE_FILE = "journal.log", "study.db"
DATABASES = ("sqlite", "postgresql")
READY_S = 30  # for a proxy that was started beside the sweep
_DEFAULT_PORT = 13000  # of optuna's own proxy server


def optuna_package() -> Any:
    """Return Optuna, without its talk. Raises MissingPackage."""
    try:
        import optuna
    except ImportError as error:
        raise MissingPackage("optuna", "sweep", "sweep") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna


def opened(sweep: Sweep) -> Any:
    """Return the storage of a sweep. Raises NeuralTrainerError where it is not there."""
    optuna = optuna_package()
    with reaching(sweep):
        if sweep.storage == JOURNAL:
            sweep.folder.mkdir(parents=True, exist_ok=True)
            return _journal(optuna, sweep.folder / JOURNAL_FILE)
        asked = sweep.storage
        if asked == SQLITE:
            sweep.folder.mkdir(parents=True, exist_ok=True)
            asked = f"sqlite:///{sweep.folder / DATABASE_FILE}"
        url = urlsplit(asked)
        kind = url.scheme.partition("+")[0]
        if kind == "grpc":
            from optuna.storages import GrpcStorageProxy

            proxy = GrpcStorageProxy(
                host=url.hostname or "localhost", port=url.port or _DEFAULT_PORT
            )
            proxy.wait_server_ready(timeout=READY_S)
            return proxy
        if kind not in DATABASES:
            raise ConfigError(
                f"storage is {shown_url(sweep.storage)}; expected {JOURNAL}, {SQLITE}, "
                f"postgresql://USER@HOST/DATABASE or grpc://HOST:PORT"
            )
        # A worker that waits for another's write waits 60 s; a server's connection is tried first.
        options: dict[str, Any] = {"pool_pre_ping": True}
        if kind == "sqlite":
            # A transaction that would write later takes its turn at once: two that both have read
            # and then want to write would lock each other out.
            options["connect_args"] = {"timeout": 60, "isolation_level": "IMMEDIATE"}
        return optuna.storages.RDBStorage(asked, engine_kwargs=options)


def _journal(optuna: Any, path: Path) -> Any:
    """Return the journal at `path`, under a lock that the system gives up when a worker dies."""
    from optuna.storages.journal import JournalFileBackend, JournalStorage

    from neural_trainer.study.sweep.journal_lock import JournalLock

    return JournalStorage(JournalFileBackend(str(path), lock_obj=JournalLock(path)))


@contextmanager
def reaching(sweep: Sweep) -> Iterator[None]:
    """Turn what a storage that is not reached raises into one line."""
    try:
        yield
    except NeuralTrainerError:
        raise
    except ModuleNotFoundError as error:
        package = {"psycopg2": "psycopg2-binary"}.get(str(error.name), str(error.name))
        raise MissingPackage(
            package, f"the storage {shown_url(sweep.storage)}", "postgres"
        ) from error
    except Exception as error:
        if not is_of_storage(error):
            raise
        reason = " ".join(str(error).split())[:200]
        raise NeuralTrainerError(
            f"the storage {shown_url(sweep.storage)} of sweep {sweep.name} is not reached "
            f"({reason}); once it is there, say the same sweep again: it goes on where it stood"
        ) from error


def is_of_storage(error: BaseException) -> bool:
    """Return whether an error tells of a storage that is gone or cannot be reached."""
    kinds = ("StorageInternalError", "OperationalError", "RpcError", "_InactiveRpcError",
             "FutureTimeoutError", "DatabaseError", "_MultiThreadedRendezvous")  # fmt: skip
    names = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, OSError) or not names.isdisjoint(kinds)


def shown_url(storage: str) -> str:
    """Return the storage as it may be shown: without a password.

    >>> shown_url("postgresql://me:secret@host/db")
    'postgresql://me:***@host/db'
    """
    url = urlsplit(storage)
    if not url.password:
        return storage
    return storage.replace(f":{url.password}@", ":***@", 1)
