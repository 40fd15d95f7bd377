import json
import re


def _escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text):
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def render(instructions, documents, question):
    mails = "".join(f"<document>{_escape(text)}</document>\n" for text in documents)
    return (
        f"<instructions>{_escape(instructions)}</instructions>\n<documents>\n{mails}</documents>\n"
        f"<question>{_escape(question)}</question>"
    )


def read_back(prompt):
    def found(tag):
        return [_plain(text) for text in re.findall(f"<{tag}>([^<]*)</{tag}>", prompt)]

    return found("instructions")[0], found("document"), found("question")[0]


def parse(reply, labels):
    decoder, place, label = json.JSONDecoder(), 0, None
    while (place := reply.find("{", place)) >= 0:
        try:
            value, place = decoder.raw_decode(reply, place)
        except json.JSONDecodeError as error:
            if error.pos >= len(reply) or error.msg.startswith("Unterminated string"):
                return None  # it broke off
            place += 1
            continue
        if "label" in value:
            label = value["label"]
    return label if isinstance(label, str) and label in labels else None
