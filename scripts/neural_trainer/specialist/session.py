"""One session of the client through claude-agent-sdk: what was said, run, refused and spent."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural_trainer.errors import MissingPackage, SpecialistError
from neural_trainer.runs.plain_text import printable
from neural_trainer.specialist.permissions import EDITING, MODE, Permissions
from neural_trainer.specialist.roles import PLUGIN, Role

if TYPE_CHECKING:
    from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient

PACKAGE = "claude-agent-sdk"
SIGN_IN = "set ANTHROPIC_API_KEY, or start claude once and /login; settings files are not read here"
CUT = "max_output_tokens"  # what the client calls an answer that grew over the model's limit
VERBATIM = (2, 1, 248)  # the first client that takes verbatim_prompts (claude-agent-sdk, types.py)
OVER = "no tool can be called any more: answer"


@dataclass(frozen=True)
class Caps:
    """What a session may cost, and which model and client it takes: "" for the usual ones."""

    max_usd: float
    max_turns: int
    model: str = ""
    client: str = ""


@dataclass
class Heard:
    """What has happened in a session so far.

    text: what the agent has said since its last call of a tool. ran: commands that were let
    through. written: files. printed: what tools answered. turns, usd: of the whole session.
    """

    text: str = ""
    ran: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    printed: str = ""
    turns: int = 0
    usd: float = 0.0


Judge = Callable[[Heard], list[str]]
Told = Callable[[str], None]


def converse(
    role: Role, first: str, permissions: Permissions, caps: Caps, judge: Judge, told: Told
) -> tuple[Heard, bool]:
    """Start the agent with `first`; return what was heard, and whether it was asked once more.

    judge: what is wrong with the answer, for the one turn in which it may be mended. told: is given
    a line for each call of a tool. Raises MissingPackage without the package, SpecialistError where
    the session ends without an answer.
    """
    import asyncio

    try:
        import claude_agent_sdk as sdk
    except ModuleNotFoundError as error:
        raise MissingPackage(PACKAGE, "neural-trainer specialist", "agent") from error
    session = _Session(role, permissions, caps, told)
    try:
        return asyncio.run(session.converse(first, judge))
    except sdk.CLINotFoundError as error:
        raise SpecialistError(
            f"there is no Claude Code client at {caps.client or 'its place in ' + PACKAGE}: "
            f"install {PACKAGE} anew, whose wheel brings one, or name one with --client"
        ) from error
    except sdk.ClaudeSDKError as error:
        last = printable(session.complaint or str(error), 300)
        raise SpecialistError(f"the Claude Code client failed: {last}") from error


class _Session:
    """One conversation with the client, its gate and its record."""

    def __init__(self, role: Role, permissions: Permissions, caps: Caps, told: Told) -> None:
        self.role, self.permissions, self.caps, self.told = role, permissions, caps, told
        self.heard = Heard()
        self.complaint = ""  # the last line that the client wrote on stderr
        self._calls: dict[str, str] = {}
        self._over = False

    async def converse(self, first: str, judge: Judge) -> tuple[Heard, bool]:
        from claude_agent_sdk import ClaudeSDKClient

        from neural_trainer.specialist.prompt import again

        async with ClaudeSDKClient(self._options()) as client:
            await self._ask(client, first)
            faults = judge(self.heard)
            if faults:
                self._over = True
                self.told(f"asked once more, over {len(faults)} faults")
                await self._ask(client, again(faults))
        return self.heard, bool(faults)

    def _options(self) -> ClaudeAgentOptions:
        """Return the options: this plugin and these rules, none of the user's or the project's."""
        from claude_agent_sdk import ClaudeAgentOptions, HookMatcher

        rules = {"allow": self.permissions.allow(), "deny": self.permissions.deny()}
        return ClaudeAgentOptions(
            tools=list(self.permissions.tools),
            permission_mode=MODE,
            settings=json.dumps({"permissions": rules, "disableAllHooks": True}),
            setting_sources=[],
            strict_mcp_config=True,
            plugins=[{"type": "local", "path": str(PLUGIN)}],
            env={
                "NEURAL_TRAINER_PYTHON": sys.executable
            },  # the tool that judged is the one it runs
            extra_args={"agent": self.role.agent},
            hooks={"PreToolUse": [HookMatcher(hooks=[self._gate])]},
            verbatim_prompts=True,  # an @PATH in a case would be read in
            cwd=Path.cwd(),
            max_turns=self.caps.max_turns,
            max_budget_usd=self.caps.max_usd,
            model=self.caps.model or None,
            cli_path=self.caps.client or None,
            stderr=self._complains,
        )

    def _complains(self, line: str) -> None:
        self.complaint = line

    async def _gate(self, given: Any, call: str | None, _: Any) -> Any:
        """Let a call of a tool through to the rules, or say why not."""
        refusal = OVER if self._over else ""
        refusal = refusal or self.permissions.refusal(given["tool_name"], given["tool_input"])
        if not refusal:
            return {}
        self._refuse(str(call))
        answer = {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": refusal,
        }
        return {"hookSpecificOutput": answer, **({"continue_": False} if self._over else {})}

    def _refuse(self, call: str) -> None:
        what = self._calls.pop(call, "")
        if what:
            self.heard.refused.append(what)

    async def _ask(self, client: ClaudeSDKClient, words: str) -> None:
        """Put `words` to the agent and hear it out."""
        from claude_agent_sdk import AssistantMessage, ResultMessage, SystemMessage, UserMessage

        self.heard.text, error = "", ""
        await client.query(words)
        async for message in client.receive_response():
            if isinstance(message, SystemMessage) and message.subtype == "init":
                self._check(message.data)
            elif isinstance(message, AssistantMessage):
                error = str(message.error or "")
                self._said(message)
            elif isinstance(message, UserMessage):
                self._answered(message)
            elif isinstance(message, ResultMessage):
                self._ended(message, error)

    def _check(self, began: dict[str, Any]) -> None:
        """Raise where the client has not taken the agent, or would read an @PATH in: it goes on."""
        if self.role.agent not in began.get("agents", []):
            raise SpecialistError(
                f"the client {began.get('claude_code_version')} did not take up the agent "
                f"{self.role.agent} from {PLUGIN}"
            )
        version = str(began.get("claude_code_version"))
        if tuple(map(int, re.findall(r"\d+", version)[:3])) < VERBATIM:
            least = ".".join(map(str, VERBATIM))
            raise SpecialistError(f"the client is {version}; needs {least}, that of {PACKAGE} is")

    def _said(self, message: Any) -> None:
        from claude_agent_sdk import TextBlock, ToolUseBlock

        self.heard.turns += 1
        for block in message.content:
            if isinstance(block, TextBlock) and not message.error:
                self.heard.text += block.text
            elif isinstance(block, ToolUseBlock):
                self.heard.text = ""
                what = _shown(block.name, block.input)
                self._calls[block.id] = what
                self.told(printable(what, 200))

    def _answered(self, message: Any) -> None:
        """Keep what a tool answered, unless it was refused; a file that was not written is none."""
        from claude_agent_sdk import ToolResultBlock

        for block in message.content if isinstance(message.content, list) else []:
            if isinstance(block, ToolResultBlock) and block.tool_use_id in self._calls:
                held = block.content
                if block.is_error and self._calls[block.tool_use_id].startswith(EDITING):
                    del self._calls[block.tool_use_id]
                self.heard.printed += held if isinstance(held, str) else json.dumps(held)
                self.heard.printed += "\n"

    def _ended(self, result: Any, error: str) -> None:
        """Keep what was spent; raise where there is no answer, unless one came with the cap."""
        for denied in result.permission_denials or []:
            self._refuse(str(denied.get("tool_use_id")))
        for call, what in list(self._calls.items()):
            name, _, rest = what.partition(" ")
            (self.heard.written if name in EDITING else self.heard.ran).append(rest)
            del self._calls[call]
        self.heard.usd = result.total_cost_usd or self.heard.usd
        if not result.is_error or (self.heard.text and result.stop_reason == "end_turn"):
            return
        raise SpecialistError(self._why(result, error))

    def _why(self, result: Any, error: str) -> str:
        spent = f"{self.heard.turns} turns and ${self.heard.usd:.4f} spent"
        if result.subtype == "error_max_turns":
            return (
                f"no answer within {self.caps.max_turns} turns ({spent}): raise --max-turns, or "
                "hand over less"
            )
        if result.subtype == "error_max_budget_usd":
            return (
                f"no answer within ${self.caps.max_usd:g} ({spent}): raise --max-usd, or hand over "
                "less"
            )
        said = printable(result.result or "; ".join(result.errors or []) or result.subtype, 300)
        if error == "authentication_failed" or result.api_error_status in (401, 403):
            return f"the client is not signed in ({said}): {SIGN_IN}"
        if error == CUT:
            return f"the answer was cut off at the model's limit ({spent}): hand over less"
        return f"the session failed, {spent}: {said}"


def _shown(name: str, given: dict[str, Any]) -> str:
    """Return a call as one line: the tool, and what it is about."""
    about = next(
        (given[key] for key in ("command", "file_path", "path", "pattern") if given.get(key)), ""
    )
    return f"{name} {about}"
