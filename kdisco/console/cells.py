"""Commands between lines of Python: which lines of a cell are commands, and the Python that runs them.

A small lexer knows Python's strings, brackets and continuations, so that only a line on which a statement begins
can be a command, and the shell's quotes, continuations, heredocs and comments, so that it is read to its end.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping, Sequence

from attrs import frozen

__all__ = ["MAGIC", "CellCommand", "command_in", "expanded", "in_python"]

MAGIC = "kdisco"  # the IPython magic that runs one command

BEGIN = re.compile(
    r"(?P<indent>[ \t]*)(?P<target>[^\W\d]\w*[ \t]*=[ \t]*)?(?P<name>[A-Za-z][\w-]*)(?P<rest>(?:\s.*)?)", re.DOTALL,
)
"""A line that could be a command: its name stands alone, at once or after an assignment."""

PYTHON_GOES_ON = re.compile(r"\s*(?:(?:[-+*/%@&|^<>=!:]+=?|[.,:;()\[\]]|in|is|if|and|or|not)(?:\s|$)|[=(\[.,:;])")
"""What follows a name in an expression or an assignment, and never the name of a command."""

PYTHON = re.compile(
    r'"""|\'\'\'|"(?:\\.|[^"\\\n])*"?|\'(?:\\.|[^\'\\\n])*\'?|#[^\n]*|\\\n|(?P<bracket>[()\[\]{}])', re.DOTALL,
)
SHELL = re.compile(
    r"""\\.|'\s*[{\[][^']*'|'[^'\n]*'|"(?:\\.|[^"\\\n])*"|(?P<open>['"])|(?P<comment>(?<!\S)\#[^\n]*)"""
    r"""|<<-?[ \t]*(?P<quote>['"]?)(?P<end>[\w.-]+)(?P=quote)|(?P<newline>\n)""",
    re.DOTALL | re.VERBOSE,
)
"""What the shell reads as one. Of quotes only a patch, '{...}', goes over several lines: any other was forgotten."""

VARIABLE = re.compile(
    r"'[^']*'|\\.|\$\{(?P<braced>[^\W\d]\w*)\}|\$(?P<bare>[^\W\d]\w*)|\{(?P<curly>[^\W\d]\w*)\}", re.DOTALL,
)


@frozen(kw_only=True)
class CellCommand:
    """One command of a cell: where its value goes, its words, what it reads, and how many lines it took."""

    indent: str
    target: str
    line: str
    body: str | None
    lines: int

    @property
    def python(self) -> str:
        """The Python statement that runs it, over as many lines, so that line numbers stay right."""
        how = f"line_magic({MAGIC!r}, {self.line!r})"
        if self.body is not None:
            how = f"cell_magic({MAGIC!r}, {self.line!r}, {self.body!r})"
        shown = "" if self.target else ".show()"
        return f"{self.indent}{self.target}get_ipython().run_{how}{shown}" + "\n" * self.lines


def command_in(line: str, commands: Collection[str], shadowed: Callable[[str], bool]) -> str | None:
    """The command that a line holds, without its indent and assignment; None where the line is Python's."""
    head = BEGIN.fullmatch(line)
    if head is None or not _is_command(head, commands) or shadowed(head["name"]):
        return None
    return head["name"] + head["rest"]


def in_python(lines: Sequence[str], commands: Collection[str], shadowed: Callable[[str], bool]) -> list[str]:
    """A cell's lines with each command made a Python statement; all other lines stay as they are.

    ``shadowed`` tells which names are Python's already; a name that the cell binds is so from there on. A cell
    that begins with ``%%`` belongs to its magic.
    """
    if lines and lines[0].startswith("%%"):
        return [*lines]
    out: list[str] = []
    own: set[str] = set()
    at = 0
    while at < len(lines):
        head = BEGIN.fullmatch(lines[at])
        if head and _is_command(head, commands) and head["name"] not in own and not shadowed(head["name"]):
            found = _read(head, lines[at:])
            out.append(found.python)
            at += found.lines
            name = found.target.strip(" \t=")
            own |= {name} - {""}
            continue
        end = at + _python_lines(lines[at:])
        own |= _bound("".join(lines[at:end]))
        out += lines[at:end]
        at = end
    return out


def _is_command(head: re.Match[str], commands: Collection[str]) -> bool:
    return head["name"] in commands and not PYTHON_GOES_ON.match(head["rest"])


def _bound(statement: str) -> set[str]:
    """The names that a Python statement, or the head of one, binds."""
    head = statement.strip()
    try:
        tree = ast.parse(f"{head} pass" if head.endswith(":") else head)
    except (SyntaxError, ValueError):
        return set()
    nodes = [*ast.walk(tree)]
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    return names | {(node.asname or node.name) for node in nodes if isinstance(node, ast.alias)}


def _python_lines(lines: Sequence[str]) -> int:
    """How many lines the Python statement has that begins here: to where no bracket or string is open."""
    text = "".join(lines)
    depth = place = 0
    while token := PYTHON.search(text, place):
        if "\n" in text[place : token.start()] and depth <= 0:
            break
        place = token.end()
        if token[0] in {'"""', "'''"}:
            close = text.find(token[0], place)
            place = len(text) if close < 0 else close + len(token[0])
        elif token["bracket"]:
            depth += 1 if token[0] in "([{" else -1
    end = text.find("\n", place)
    return max(text[: len(text) if end < 0 else end + 1].count("\n"), 1)


def _read(head: re.Match[str], lines: Sequence[str]) -> CellCommand:
    """The command that begins here: to the end of its line, its quoted patch, its continuations or its heredoc."""
    text = head["name"] + head["rest"] + "".join(lines[1:])
    kept: list[str] = []
    place, ending = 0, ""
    stop = len(text)
    for token in SHELL.finditer(text):
        kept.append(text[place : token.start()])
        place = token.end()
        if token["newline"] or token["open"]:  # a quote that nothing closes: the command says so itself
            end = text.find("\n", token.start())
            stop = len(text) if end < 0 else end
            kept.append(text[token.start() : stop])
            break
        if token["end"]:
            ending = token["end"]
        elif not token["comment"]:
            kept.append(" " if token[0] == "\\\n" else token[0])
    else:
        kept.append(text[place:])
    used = min(text[:stop].count("\n") + 1, len(lines))
    body = None
    if ending:
        body, more = _heredoc(lines[used:], ending)
        used += more
    line = "".join(kept).strip()
    return CellCommand(indent=head["indent"], target=head["target"] or "", line=line, body=body, lines=used)


def _heredoc(lines: Sequence[str], ending: str) -> tuple[str, int]:
    """What stands before the line that is ``ending``, without the indent that all of it shares, and its lines."""
    last = next((number for number, line in enumerate(lines) if line.strip() == ending), len(lines))
    body = lines[:last]
    margin = min((len(line) - len(line.lstrip()) for line in body if line.strip()), default=0)
    return "".join(line[margin:] if line.strip() else "\n" for line in body), min(last + 1, len(lines))


def expanded(line: str, variables: Mapping[str, object]) -> str:
    """A command with ``$name``, ``${name}`` and ``{name}`` replaced where Python has that variable.

    What stands in single quotes stays as it is, and so does every name that Python does not know.
    """

    def value(found: re.Match[str]) -> str:
        name = found["braced"] or found["bare"] or found["curly"]
        return str(variables[name]) if name and name in variables else found[0]

    return VARIABLE.sub(value, line)
