"""The imports of a package, and what its rules say of them."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Room:
    """What the files of a folder (or one file) may import.

    Attributes
    ----------
    rank : int
        They import from ranks up to their own.
    outside : str
        Packages besides the standard library.
    never : tuple of str
        Beginnings of paths that they do not import, whatever the rank.
    may_defer : bool
        Whether functions may import an optional package.
    """

    rank: int
    outside: str = ""
    never: tuple[str, ...] = ()
    may_defer: bool = False


_KINDS = ("sequences", "images", "tables", "texts")
_FAMILIES = ("_mlp", "_own_module", "_tabular", "_sequence", "_image", "_text", "_localization")


def _kind(name: str) -> Room:
    may_read = {"texts": {"sequences"}}.get(name, set())
    others = tuple(f"_kinds/{k}" for k in _KINDS if k != name and k not in may_read)
    return Room(5, "torch numpy scipy sklearn narwhals", ("_estimator", *others), may_defer=True)


def _family(name: str) -> Room:
    others = tuple(f"neural_network/{f}/" for f in _FAMILIES if f != name)
    return Room(7, "torch numpy scipy sklearn", ("ensemble", *others), may_defer=True)


# A file is held against the longest beginning of its path that stands here.
ROOMS = {
    "_version.py": Room(0),
    "_scikit_learn.py": Room(0, "sklearn"),
    "_estimator/": Room(0, "numpy sklearn"),
    "metrics/": Room(0, "numpy scipy sklearn", ("_estimator",)),
    "model_selection/": Room(0, "numpy scipy sklearn", ("_estimator",)),
    "_engine/modules/": Room(1, "torch", ("_estimator", "_scikit_learn")),
    "_engine/packing/": Room(2, "torch", ("_estimator", "_scikit_learn")),
    "_engine/training/": Room(
        3, "torch numpy scipy threadpoolctl", ("_estimator", "_scikit_learn")
    ),
    "_encoding/": Room(4, "torch numpy scipy sklearn", ("_estimator",), may_defer=True),
    "parallel/": Room(4, "torch numpy sklearn joblib", ("_estimator",)),
    "_calibration/": Room(5, "numpy scipy sklearn", ("_estimator",)),
    **{f"_kinds/{name}/": _kind(name) for name in _KINDS},
    "_estimator/network/": Room(6, "torch numpy scipy sklearn"),
    **{f"neural_network/{name}/": _family(name) for name in _FAMILIES},
    "ensemble/_combiners/": Room(7, "numpy scipy sklearn", ("ensemble/_stacking",)),
    "ensemble/_stacking/": Room(
        7, "numpy scipy sklearn joblib", ("neural_network",), may_defer=True
    ),
    "ensemble/": Room(7, "numpy scipy sklearn", ("neural_network",), may_defer=True),
    "feature_extraction/": Room(7, "numpy scipy sklearn", may_defer=True),
    "neural_network/": Room(8),
    "inspection/": Room(8, "torch numpy scipy sklearn", may_defer=True),
    "persistence/": Room(8, "torch numpy sklearn", may_defer=True),
    "": Room(9, "joblib"),
}
# These look into families and stackers, and not only at what they export.
_LOOK_INSIDE = ("inspection/", "persistence/")


@dataclass(frozen=True)
class Import:
    """One imported name.

    Attributes
    ----------
    line : int
    name : str
        Dotted, as far as a name can be.
    deferred : bool
        Whether a function imports it when it runs.
    private : bool
        Whether it is a name with an underscore, or from a module with one.
    """

    line: int
    name: str
    deferred: bool

    @property
    def private(self) -> bool:
        return any(part.startswith("_") and part != "__future__" for part in self.name.split("."))


def imports(code: str, package: tuple[str, ...]) -> Iterator[Import]:
    """Yield each imported name, those under TYPE_CHECKING too; `package` resolves relative ones."""

    def visit(node: ast.AST, deferred: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(child.lineno, alias.name, deferred)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    stem = package[: len(package) - child.level + 1]
                    base = ".".join([*stem, base]).rstrip(".")
                for alias in child.names:
                    yield Import(child.lineno, f"{base}.{alias.name}", deferred)
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from visit(child, deferred or inside)

    yield from visit(ast.parse(code), False)


def room_of(path: str) -> Room:
    """The room of a path below the package."""
    return ROOMS[max((beginning for beginning in ROOMS if path.startswith(beginning)), key=len)]


class House:
    """The files of a package and what they import.

    Parameters
    ----------
    root : Path
        The folder of the package, whose name in imports is `skdeep`.
    """

    def __init__(self, root: Path):
        self.code = {
            path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(root.rglob("*.py"))
        }
        self.imports = {
            path: list(imports(code, ("skdeep", *path.split("/")[:-1])))
            for path, code in self.code.items()
        }

    def target(self, name: str) -> str | None:
        """The file that an import of `skdeep...` means, or None where there is none."""
        parts = name.split(".")[1:]
        for stop in range(len(parts), -1, -1):
            stem = "/".join(parts[:stop])
            for path in (f"{stem}.py", f"{stem}/__init__.py".lstrip("/")):
                if path in self.code:
                    return path
        return None

    def violations(self) -> list[str]:
        """'file:line: rule' for every import that breaks a rule."""
        found = []
        for path, all_imports in self.imports.items():
            for item in all_imports:
                rule = self._broken_rule(path, item)
                if rule:
                    found.append(f"{path}:{item.line}: {rule}")
        return found

    def _broken_rule(self, path: str, item: Import) -> str | None:
        room, top = room_of(path), item.name.split(".")[0]
        if top == "skdeep":
            return self._broken_inside(path, room, item)
        if top == "sklearn" and item.private and path != "_scikit_learn.py":
            return f"{item.name} is private: import it by skdeep/_scikit_learn.py"
        if top in sys.stdlib_module_names or top in room.outside.split():
            return None
        everywhere = {name for other in ROOMS.values() for name in other.outside.split()}
        if item.deferred and room.may_defer and top not in everywhere:
            return None
        where = "" if item.deferred else " at module level"
        return f"{item.name} is imported{where}; allowed are: {room.outside}"

    def _broken_inside(self, path: str, room: Room, item: Import) -> str | None:
        target = self.target(item.name)
        if target is None or target == "__init__.py":
            return f"{item.name}: skdeep itself is above all; name the file"
        if path.endswith("/__init__.py") and any(p.startswith("_") for p in path.split("/")[:-1]):
            return f"{item.name}: a private __init__ imports nothing"
        if room_of(target).rank > room.rank:
            return f"{item.name} is above"
        if any(target.startswith(beginning) for beginning in room.never):
            return f"{item.name} is not for this folder"
        package, _, rest = target.partition("/")
        is_public = not package.startswith("_") and bool(rest)
        comes_from_outside = not path.startswith((f"{package}/", *_LOOK_INSIDE))
        if is_public and comes_from_outside and rest != "__init__.py":
            return f"{item.name}: a public package is imported by its face"
        return None

    def edges(self, by_folder: bool = False) -> dict[str, set[str]]:
        """Which files (or folders) import which."""
        graph: dict[str, set[str]] = {}
        for path, all_imports in self.imports.items():
            own = _node(path, by_folder)
            graph.setdefault(own, set())
            for item in all_imports:
                target = self.target(item.name) if item.name.startswith("skdeep") else None
                if target is not None and _node(target, by_folder) != own:
                    graph[own].add(_node(target, by_folder))
        return graph


def _node(path: str, by_folder: bool) -> str:
    # A public face imports its folders, which may use other faces: it is a place of its own.
    if not by_folder or path.endswith("__init__.py"):
        return path
    return path.rpartition("/")[0] or path


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Nodes that come back to the first one, or none."""
    state: dict[str, int] = {}

    def visit(node: str, trail: list[str]) -> list[str]:
        state[node] = 1
        for other in sorted(graph.get(node, ())):
            if state.get(other) == 1:
                return [*trail[trail.index(other) :], other] if other in trail else [node, other]
            if other not in state:
                found = visit(other, [*trail, other])
                if found:
                    return found
        state[node] = 2
        return []

    for node in sorted(graph):
        if node not in state:
            found = visit(node, [node])
            if found:
                return found
    return []


def length(code: str) -> int:
    """Lines of a file without those of its docstrings."""
    tree = ast.parse(code)
    holders = [n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef)]
    holders += [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]  # type: ignore[arg-type]
    docs = [n.body[0] for n in holders if n.body and ast.get_docstring(n, clean=False) is not None]
    return len(code.splitlines()) - sum((n.end_lineno or 0) - n.lineno + 1 for n in docs)
