"""A stand-in for the Messages API on loopback: replays scripted replies, records requests."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Block = dict[str, Any]
USAGE = {"input_tokens": 10, "output_tokens": 5}


def text(words: str) -> Block:
    """A block of text."""
    return {"type": "text", "text": words}


def cut(words: str) -> Block:
    """A block of text at which the model's limit of output was met."""
    return {**text(words), "stop": "max_tokens"}


def tool(name: str, **arguments: Any) -> Block:
    """A block that calls a tool of the client; its id is given when it is sent."""
    return {"type": "tool_use", "name": name, "input": arguments}


class MessagesAPI:
    """Answers /v1/messages, block by block of a script, then "done"; keeps every request body.

    An agent runs beside the session that started it, so it has a script of its own; its requests
    are those that cannot start agents. Requests without tools are the client's own housekeeping
    (titles, summaries): they get a word.
    """

    def __init__(self, *script: Block, agent: Sequence[Block] = ()) -> None:
        self._scripts = {"session": list(script), "agent": list(agent)}
        self._lock = threading.Lock()
        self.requests: list[dict[str, Any]] = []
        self.arrived = threading.Condition(self._lock)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> MessagesAPI:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reply_to(self, request: dict[str, Any]) -> Block:
        """Record a request; return the block to answer it with."""
        with self._lock:
            self.requests.append(request)
            self.arrived.notify_all()
            tools = {entry.get("name") for entry in request.get("tools", [])}
            if not tools:
                return text("ok")
            script = self._scripts["session" if "Agent" in tools else "agent"]
            block = script.pop(0) if script else text("done")
            if block["type"] == "tool_use":
                block = {**block, "id": f"toolu_{len(self.requests):04}"}
            return block

    def wait_for(self, words: str, timeout_s: float) -> bool:
        """Wait until some request holds the words; whether one did in time."""
        with self.arrived:
            return self.arrived.wait_for(lambda: words in self.seen(), timeout_s)

    def seen(self) -> str:
        """Everything that the model was sent, as text."""
        return "\n".join(strings(self.requests))

    def results(self) -> list[Block]:
        """The tool results that were sent back, each once, in order; `content` as text."""
        found: dict[str, Block] = {}
        for request in self.requests:
            for message in request["messages"]:
                for block in message["content"] if isinstance(message["content"], list) else []:
                    if block.get("type") == "tool_result":
                        words = "\n".join(strings(block.get("content", "")))
                        found.setdefault(block["tool_use_id"], {**block, "content": words})
        return list(found.values())


def strings(value: Any) -> list[str]:
    """Every string in a nest of lists and dicts, as it reads to the model."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [words for part in parts for words in strings(part)]


def _message(block: Block | None) -> dict[str, Any]:
    stop = None
    if block is not None:
        block = dict(block)
        usual = "tool_use" if block["type"] == "tool_use" else "end_turn"
        stop = block.pop("stop", usual)
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [] if block is None else [block],
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": USAGE,
    }


def _events(block: Block) -> list[dict[str, Any]]:
    """The message as the stream of events that `"stream": true` asks for."""
    if block["type"] == "tool_use":
        start = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    else:
        start = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": block["text"]}
    stop = {"stop_reason": _message(block)["stop_reason"], "stop_sequence": None}
    return [
        {"type": "message_start", "message": _message(None)},
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": USAGE},
        {"type": "message_stop"},
    ]


def _handler(api: MessagesAPI) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            path = self.path.partition("?")[0]
            if path == "/v1/messages/count_tokens":
                # Four characters a token, the usual rule of thumb.
                self._send(json.dumps({"input_tokens": len(body) // 4}), "application/json")
            elif path == "/v1/messages":
                request = json.loads(body)
                block = api.reply_to(request)
                if request.get("stream"):
                    lines = [
                        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
                        for event in _events(block)
                    ]
                    self._send("".join(lines), "text/event-stream")
                else:
                    self._send(json.dumps(_message(block)), "application/json")
            else:
                self._send("{}", "application/json", 404)

        def do_GET(self) -> None:
            self._send("{}", "application/json", 404)

        do_HEAD = do_GET

        def _send(self, content: str, kind: str, status: int = 200) -> None:
            encoded = content.encode()
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(encoded)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(encoded)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the requests are kept."""

    return Handler
