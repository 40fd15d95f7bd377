"""Drives the real client against a stand-in for its API: no account, no network, no cost."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from messages_api import Block, MessagesAPI

ROOT = Path(__file__).resolve().parents[2]
KEY = "sk-dummy"
STREAMED = ("--verbose", "--output-format", "stream-json")


@dataclass(frozen=True)
class Session:
    """What one headless session printed, and what its model was sent."""

    output: list[dict[str, Any]]
    api: MessagesAPI

    @property
    def init(self) -> dict[str, Any]:
        """The first line of the output: what the client has loaded."""
        return next(line for line in self.output if line.get("subtype") == "init")


@dataclass(frozen=True)
class Client:
    """The client with a home of its own and nothing of this process's environment."""

    path: Path
    home: Path

    @property
    def python(self) -> Path:
        """The interpreter that bin/neural-trainer is told to take: the one of the tests."""
        return self.home / "python"

    def project(self, name: str) -> Path:
        """A new folder for a session to work in."""
        folder = self.home / "projects" / name
        folder.mkdir(parents=True)
        return folder

    def known_project(self, name: str) -> Path:
        """A folder that the user has opened before: the client asks nothing at its start."""
        folder = self.project(name)
        known = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
        settings = {
            "hasCompletedOnboarding": True,
            "theme": "dark",
            "customApiKeyResponses": {"approved": [KEY], "rejected": []},
            "projects": {str(folder): known},
        }
        (self.home / ".claude.json").write_text(json.dumps(settings), encoding="utf-8")
        return folder

    def environment(self, url: str = "http://127.0.0.1:9") -> dict[str, str]:
        """The whole environment of the client; port 9 answers nobody."""
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": KEY,
            "DISABLE_TELEMETRY": "1",
            "DISABLE_ERROR_REPORTING": "1",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "NEURAL_TRAINER_PYTHON": str(self.python),
        }

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a subcommand of the client."""
        return subprocess.run(
            [self.path, *arguments],
            cwd=cwd,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def ask(
        self,
        prompt: str,
        *script: Block,
        plugin: Path,
        cwd: Path,
        agent: Sequence[Block] = (),
        options: Sequence[str] = (),
    ) -> Session:
        """Put a prompt to a headless session whose model, and agents, answer by the scripts."""
        with MessagesAPI(*script, agent=agent) as api:
            done = subprocess.run(
                [self.path, "-p", prompt, "--plugin-dir", plugin, *STREAMED, *options],
                cwd=cwd,
                env=self.environment(api.url),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=90,
            )
        assert done.returncode == 0, done.stdout + done.stderr
        return Session([json.loads(line) for line in done.stdout.splitlines()], api)
