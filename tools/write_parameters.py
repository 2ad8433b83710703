"""Write constructors and shared sections of docstrings into the source of the public estimators.

Parameters are declared once, as annotated attributes of the classes that an estimator comes from.
What follows from them, its constructor and the Parameters section of its docstring, stands in the
source so that editors, linters and Sphinx see it; so do the Attributes and References that several
classes share. `make parameters` runs this; a test fails where the source is not what it writes.

    python tools/write_parameters.py [--check]
"""

import ast
import importlib
import inspect
import subprocess
import sys
import textwrap
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import skdeep
from skdeep._estimator.parameters import Declared, Written, declared

ROOT = Path(skdeep.__file__).parent
_WIDTH = 100
# Where names of types come from that constructors are annotated with.
_HOMES = {
    "Any": "from typing import Any",
    "Callable": "from collections.abc import Callable",
    "Mapping": "from collections.abc import Mapping",
    "Sequence": "from collections.abc import Sequence",
    "Tensor": "from torch import Tensor",
    "np": "import numpy as np",
}


def public_estimators() -> Iterator[Any]:
    """Yield the classes of all public packages whose parameters are declared."""
    packages = [
        path.parent.name
        for path in sorted(ROOT.glob("*/__init__.py"))
        if not path.parent.name.startswith("_")
    ]
    for package in packages:
        module = importlib.import_module(f"skdeep.{package}")
        for name in module.__all__:
            thing = getattr(module, name)
            if isinstance(thing, type) and "_written" in vars(thing):
                yield thing


def type_in_source(hint: Any) -> str:
    """A type as it is written."""
    if hint is type(None) or hint is None:
        return "None"
    if hint is Any:
        return "Any"
    if hint is Ellipsis:
        return "..."
    if isinstance(hint, list):
        return f"[{', '.join(map(type_in_source, hint))}]"
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return " | ".join(map(type_in_source, arguments))
    if origin is not None:
        return f"{type_in_source(origin)}[{', '.join(map(type_in_source, arguments))}]"
    return f"np.{hint.__name__}" if hint.__module__ == "numpy" else hint.__name__


def default_in_source(value: Any) -> str:
    """A default as it is written."""
    if isinstance(value, float) and value == float("inf"):
        return 'float("inf")'
    return repr(value)


def constructor(cls: Any) -> str:
    """The source of `__init__`."""
    parameters, written = declared(cls), getattr(cls, "_written", Written())
    lines = ["def __init__(", "    self,"]
    for number, item in enumerate(parameters):
        if item.keyword_only and (number == 0 or not parameters[number - 1].keyword_only):
            lines.append("    *,")
        default = (
            ""
            if item.default is inspect.Parameter.empty
            else f" = {default_in_source(item.default)}"
        )
        lines.append(f"    {item.name}: {type_in_source(item.type)}{default},")
    keywords = written.keywords.strip().partition(" ")[0].strip("*")
    if keywords:
        lines.append(f"    **{keywords}: Any,")
    lines.append(") -> None:")
    lines += [f"    self.{item.name} = {item.name}" for item in parameters]
    if keywords:
        lines.append(f"    self._{keywords} = self._checked_{keywords}({keywords})")
    return "\n".join(lines) + "\n"


def parameters_section(parameters: list[Declared], written: Written) -> str:
    """The entries of the Parameters section."""
    entries = []
    for item in parameters:
        has_default = item.default is not inspect.Parameter.empty
        default = f", default={item.default!r}" if has_default else ""
        entry = f"{item.name} : {item.parameter.type_in_words}{default}\n"
        entries.append(entry + textwrap.indent(prose(item.parameter.meaning, _WIDTH - 8), "    "))
    if written.keywords:
        entries.append(written.keywords.strip())
    return "\n\n".join(entries)


def filled(text: str, width: int = _WIDTH - 4, **indents: str) -> str:
    """Paragraphs laid out anew: what tables say of their entries is as long as it is."""
    return "\n\n".join(
        textwrap.fill(
            " ".join(paragraph.split()),
            width,
            break_long_words=False,
            break_on_hyphens=False,
            **indents,
        )
        for paragraph in text.split("\n\n")
    )


def laid_out(entries: str) -> str:
    """Entries of a section, each a line and what is indented below it, laid out anew."""
    blocks: list[tuple[str, str]] = []
    for line in entries.strip().splitlines():
        if line and not line[0].isspace():
            blocks.append((line, ""))
        else:
            head, body = blocks[-1]
            blocks[-1] = head, f"{body}\n{line.strip()}"
    lines = []
    for head, body in blocks:
        if head.startswith(".. ["):
            lines.append(filled(f"{head} {body}", subsequent_indent="   "))
            continue
        both = {"initial_indent": "    ", "subsequent_indent": "    "}
        lines.append("\n".join([head, filled(body.strip(), **both)]) if body.strip() else head)
    return "\n".join(lines)


def prose(text: str, width: int = _WIDTH - 4) -> str:
    """Paragraphs and lists laid out anew."""
    paragraphs = []
    for paragraph in text.strip().split("\n\n"):
        if not paragraph.startswith("- "):
            assert "\n- " not in paragraph, "a list begins a paragraph of its own"
            paragraphs.append(filled(paragraph, width))
            continue
        items = paragraph.removeprefix("- ").split("\n- ")
        lines = [filled(f"- {item}", width, subsequent_indent="  ") for item in items]
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)


def with_section(docstring: str, title: str, entries: str) -> str:
    """A docstring, cleaned of its indentation, with other entries in a section."""
    lines = docstring.splitlines()
    heads = [i for i in range(len(lines) - 1) if lines[i] and lines[i + 1] == "-" * len(lines[i])]
    (start,) = [i for i in heads if lines[i] == title]
    stop = min([i for i in heads if i > start], default=len(lines) + 1) - 1
    return "\n".join([*lines[: start + 2], *entries.strip().splitlines(), *lines[stop:]])


def _class_node(name: str, code: str) -> ast.ClassDef:
    (node,) = [n for n in ast.parse(code).body if isinstance(n, ast.ClassDef) and n.name == name]
    return node


def _continued(line: str) -> str:
    """A line of a docstring, continued on the next one where it is too long."""
    if len(line) <= _WIDTH:
        return line
    place = line.rindex(" ", 0, _WIDTH - 1) + 1
    return f"{line[:place]}\\\n{_continued(line[place:])}"


def with_docstring(cls: Any, code: str) -> str:
    """The source of a file with the docstring of one of its classes as it should be."""
    doc = _class_node(cls.__name__, code).body[0]
    assert isinstance(doc, ast.Expr)
    assert doc.end_lineno is not None
    text = inspect.cleandoc(ast.literal_eval(doc.value))
    text = with_section(text, "Parameters", parameters_section(declared(cls), cls._written))
    written = cls._written
    for title, entries in (
        ("Attributes", laid_out(written.attributes)),
        ("Notes", prose(written.notes)),
        ("References", laid_out(written.references)),
    ):
        if entries:
            text = with_section(text, title, entries)
    # A default may hold backslashes; a type in words may be long, and is one line all the same.
    lines = textwrap.indent(text.replace("\\", "\\\\"), "    ").splitlines()
    text = "\n".join(_continued(line) for line in lines).strip()
    docstring = f'    """{text}\n    """\n'
    lines = code.splitlines(keepends=True)
    return "".join([*lines[: doc.lineno - 1], docstring, *lines[doc.end_lineno :]])


def with_constructor(cls: Any, code: str) -> str:
    """The source of a file with the constructor of one of its classes as it should be."""
    lines = code.splitlines(keepends=True)
    for node in _class_node(cls.__name__, code).body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            del lines[node.lineno - 1 : node.end_lineno]
    code = "".join(lines)
    # After the docstring and the declarations of the class itself.
    place = 0
    for node in _class_node(cls.__name__, code).body:
        if isinstance(node, ast.FunctionDef):
            break
        place = node.end_lineno or place
    lines = code.splitlines(keepends=True)
    init = textwrap.indent(constructor(cls), "    ")
    return "".join([*lines[:place], "\n", init, "\n", *lines[place:]])


def with_imports(code: str) -> str:
    """The source of a file with the imports that constructors need."""
    tree = ast.parse(code)
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    bound = {
        (alias.asname or alias.name)
        for n in ast.walk(tree)
        if isinstance(n, ast.Import | ast.ImportFrom)
        for alias in n.names
    }
    needed = [line for name, line in _HOMES.items() if name in used - bound]
    lines = code.splitlines(keepends=True)
    start = tree.body[0].end_lineno or 0
    return "".join([*lines[:start], "\n", *(f"{line}\n" for line in needed), *lines[start:]])


def formatted(code: str, path: Path) -> str:
    """The source of a file, its imports sorted and its lines laid out."""
    name = ["--stdin-filename", str(path)]
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--select", "I", "--fix", "-q"], ["format", "-q"]):
        done = subprocess.run(
            [*ruff, *command, *name, "-"], input=code, capture_output=True, text=True, check=True
        )
        code = done.stdout
    return code


def written_files() -> dict[Path, str]:
    """Every file that holds a public estimator, as it should be."""
    files: dict[Path, list[Any]] = {}
    for cls in public_estimators():
        files.setdefault(Path(inspect.getfile(cls)), []).append(cls)
    result = {}
    for path, classes in files.items():
        code = path.read_text(encoding="utf-8")
        for cls in classes:
            code = with_constructor(cls, with_docstring(cls, code))
        result[path] = formatted(with_imports(code), path)
    return result


def main() -> None:
    """Write the files, or with --check name those that are not as they should be."""
    stale = [
        (path, code)
        for path, code in written_files().items()
        if path.read_text(encoding="utf-8") != code
    ]
    for path, code in stale:
        print(path.relative_to(ROOT.parent))
        if "--check" not in sys.argv:
            path.write_text(code, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.exit("The parameters of these files are not those declared: run `make parameters`.")


if __name__ == "__main__":
    main()
