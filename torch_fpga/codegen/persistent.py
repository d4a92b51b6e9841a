"""The C++ of a kernel that is started once and runs a step whenever it is commanded (``hls_lib/commands.hpp``).

It is that of the kernel which is started for every step, with a loop around it: what was its top function is called
with the memory that each command names. One more port leads to the commands, in the host's memory.
"""

from __future__ import annotations

import re

BUNDLE = "host"
"""Of the port that leads to the commands: no other is on its way to the host's memory."""

ENTRIES, HEADER = 16, 8
"""Of a queue of commands, in ``hls_lib/commands.hpp``: how many it holds, and the 64-bit words in front of them."""

_INTERFACE = "#pragma HLS interface "


def entry_words(arguments: int) -> int:
    """64-bit words of a command to a kernel of so many arguments: its number, the arguments, and to a whole line."""
    return -(-(1 + arguments) // 8) * 8


def queue_words(arguments: int) -> int:
    """64-bit words of a queue of commands."""
    return HEADER + ENTRIES * entry_words(arguments)


def queue_name(source: str) -> str:
    """What the argument is called that leads to the commands: as nothing else in the kernel."""
    name = "commands"
    while re.search(rf"\b{name}\b", source):
        name += "_"
    return name


def persistent(name: str, source: str) -> str:
    """``source``, of which ``name`` is the kernel, as one that is started once."""
    top = re.search(rf'^extern "C" void {re.escape(name)}\((.*?)\) \{{\n', source, re.DOTALL | re.MULTILINE)
    assert top is not None, "every kernel has a top function"
    parameters = _parameters(top[1])
    pointers = [text for text in parameters if "*" in text]
    called = [text.split()[-1].lstrip("*") for text in parameters]
    words = [f"words[{i}]" for i in range(len(called))]
    given = [f"hls_lib::at({called[i]}, {words[i]})" if "*" in text else words[i] for i, text in enumerate(parameters)]
    queue = queue_name(source)
    lines = source[top.end() :].splitlines()
    interfaces = [line for line in lines if line.startswith(_INTERFACE)]
    step = [f"void {name}_step({top[1]}) {{", *(line for line in lines if not line.startswith(_INTERFACE))]
    loop = [
        "",
        "// Started once: the host commands every step, with the places of its data behind the ports.",
        f'extern "C" void {name}({_list([*pointers, f"volatile uint64_t* {queue}"], 4)}) {{',
        *interfaces,
        f"{_INTERFACE}m_axi port={queue} bundle={BUNDLE} offset=slave depth={queue_words(len(called))}",
        f"  uint64_t words[{len(called)}];",
        f"  for (uint64_t number = hls_lib::first_command({queue}); hls_lib::next_command({queue}, number, words);",
        "       ++number) {",
        "#pragma HLS pipeline off",
        f"    {name}_step({_list(given, 8)});",
        "  }",
        "}",
        "",
    ]
    return "\n".join([source[: top.start()] + step[0], *step[1:], *loop])


def _parameters(text: str) -> list[str]:
    """The parameters of a function; a comma inside of ``<>`` is of a type."""
    return [part.strip() for part in re.split(r",(?![^<]*>)", text.replace("\n", " "))]


def _list(parts: list[str], indent: int) -> str:
    """``parts`` joined by commas, a line each where one line would be too long."""
    line = ", ".join(parts)
    return line if len(line) < 80 else f",\n{' ' * indent}".join(parts)
