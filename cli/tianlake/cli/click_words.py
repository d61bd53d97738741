"""What click itself says of a wrong call, in Chinese: click's messages are English in every locale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

PHRASES: Final = {
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Missing parameter: {param_name}": "缺少参数：{param_name}",
    "Missing command.": "请写明命令。",
    "Invalid value: {message}": "值有误：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的值有误：{message}",
    "Could not open file {filename!r}: {message}": "打不开文件 {filename}：{message}",
    "unknown error": "不明原因",
    "No such option {name!r}.": "没有选项 {name}。",
    "No such command {name!r}.": "没有命令 {name}。",
    "Did you mean {possibility}?": "是否为 {possibility}？",
    "(Did you mean one of: {possibilities}?)": "（是否为其中之一：{possibilities}？）",
    "Got unexpected extra argument ({args})": "多余的参数：{args}",
    "Got unexpected extra arguments ({args})": "多余的参数：{args}",
    "Option {name!r} does not take a value.": "选项 {name} 不带值。",
    "Option {name!r} requires an argument.": "选项 {name} 须带一个值。",
    "Option {name!r} requires {nargs} arguments.": "选项 {name} 须带 {nargs} 个值。",
    "Argument {name!r} takes {nargs} values.": "参数 {name} 须有 {nargs} 个值。",
    "Takes {nargs} values but 1 was given.": "须有 {nargs} 个值，只给了 1 个。",
    "Takes {nargs} values but {len} were given.": "须有 {nargs} 个值，给了 {len} 个。",
    "Value must be an iterable.": "须为一组值。",
    "Choose from:\n\t{choices}": "可选：{choices}",
    "{value!r} is not {choice}.": "{value} 不是 {choice}。",
    "{value!r} is not one of {choices}.": "{value} 不在可选值之中：{choices}。",
    "{value!r} does not match the format {format}.": "{value} 不符合格式 {format}。",
    "{value!r} does not match the formats {formats}.": "{value} 不符合格式 {formats}。",
    "{value} is not in the range {range}.": "{value} 不在范围 {range} 之内。",
    "{value!r} is not a valid boolean. Recognized values: {states}": "{value} 不是真假值，可写：{states}",
    "{len_type} values are required, but {len_value} was given.": "须有 {len_type} 个值，给了 {len_value} 个。",
    "{len_type} values are required, but {len_value} were given.": "须有 {len_type} 个值，给了 {len_value} 个。",
    "{value!r} is not a valid {number_type}.": "{value} 不是 {number_type}。",
    "{value!r} is not a valid UUID.": "{value} 不是 UUID。",
    "{name} {filename!r} is a file.": "{name} {filename} 是文件。",
    "{name} {filename!r} is a directory.": "{name} {filename} 是目录。",
    "{name} {filename!r} is not readable.": "{name} {filename} 不可读。",
    "{name} {filename!r} is not writable.": "{name} {filename} 不可写。",
    "{name} {filename!r} is not executable.": "{name} {filename} 不可执行。",
    "{name} {filename!r} does not exist.": "{name} {filename} 不存在。",
}
"""Message of click, as its source has it → ours. A test reads click's source, and fails where it has others."""

_THINGS: Final = {
    "file": "文件",
    "directory": "目录",
    "path": "路径",
    "File": "文件",
    "Directory": "目录",
    "Path": "路径",
    "integer": "整数",
    "integer range": "整数",
    "float": "数",
    "float range": "数",
}
_NAMED: Final = frozenset({"name", "number_type"})
_MISSING: Final = re.compile(r"(Missing (?:argument|option|parameter))(?: (.+?))?\.(?: (.*))?", re.DOTALL)
"""How click joins these: the word, the name, what may stand there."""
_HOLE: Final = re.compile(r"\\\{(\w+)(?:!r)?\\\}")


def chinese(message: str) -> str:
    """Return a message of click in Chinese; what is none of click's stays as it is."""
    if missing := _MISSING.fullmatch(message):
        extra = f"{chinese(missing[3])}" if missing[3] else ""
        return f"{PHRASES[missing[1]]} {missing[2]}。{extra}"
    for pattern, ours in _PATTERNS:
        if found := pattern.fullmatch(message):
            return ours.format(**{name: _part(name, text) for name, text in found.groupdict().items()})
    first, dot, rest = message.partition(". ")
    if dot and rest and (told := chinese(f"{first}.")) != f"{first}.":
        return told + chinese(rest)
    return message


def _part(name: str, text: str) -> str:
    if name == "message":
        return chinese(text)
    return _THINGS.get(text, text) if name in _NAMED else " ".join(text.split())


def _patterns() -> Iterator[tuple[re.Pattern[str], str]]:
    """Yield what tells each message: those first that hold another one, then those with the most words of their own."""
    for theirs, ours in sorted(PHRASES.items(), key=lambda each: (-each[0].count("{message}"), -_words(each[0]))):
        yield re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(theirs)), re.DOTALL), ours


def _words(message: str) -> int:
    return len(re.sub(r"\{.*?\}", "", message))


_PATTERNS: Final = tuple(_patterns())
