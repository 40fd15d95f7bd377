"""Which sessions were told of launch: an empty file each, in the user's temporary files."""

from __future__ import annotations

import os
import re


def first_time(session_id: str) -> bool:
    """Whether this session was not told before; it is from now on.

    What cannot be remembered counts as told: better silent than at every command.
    """
    name = re.sub(r"[^A-Za-z0-9-]", "", session_id)[:80]
    if not name:
        return False
    folder = os.path.join(
        os.environ.get("TMPDIR") or "/tmp", f"neural-trainer-{os.getuid()}", "told"
    )
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        # Two commands of one session may start at once: the one that makes the file speaks.
        os.close(os.open(os.path.join(folder, name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        return False
    return True
