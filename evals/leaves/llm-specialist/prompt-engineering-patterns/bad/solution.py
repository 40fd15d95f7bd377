import json
import re


def render(instructions, documents, question):
    mails = "\n".join(f"<document>\n{text}\n</document>" for text in documents)
    return (
        f"<instructions>\n{instructions}\n</instructions>\n"
        f"<documents>\n{mails}\n</documents>\n<question>\n{question}\n</question>"
    )


def read_back(prompt):
    def found(tag):
        return re.findall(f"<{tag}>\n(.*?)\n</{tag}>", prompt, re.DOTALL)

    return found("instructions")[0], found("document"), found("question")[-1]


def parse(reply, labels):
    for text in reversed(re.findall(r"\{.*?\}", reply, re.DOTALL)):
        try:
            value = json.loads(text)
        except json.JSONDecodeError:
            continue
        if value.get("label") in labels:
            return value["label"]
    return None
