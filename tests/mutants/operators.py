"""The mistakes: for each place of a module's source, what somebody might have written there by mistake (pure)."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

OTHER: dict[type[ast.AST], Any] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
TYPES = {"annotation", "returns"}
LONGEST_SHOWN = 70


@dataclass(frozen=True)
class Mutant:
    """A module's source with one mistake in it: its line, what stands there, and what stood there before."""

    line: int
    before: str
    after: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a source; docstrings, type annotations and imports stay as they are."""
    tree = ast.parse(source)
    for holder, name, place, node in list(_places(tree)):
        for other in _mistakes(node):
            ast.copy_location(other, node)
            _put(holder, name, place, other)
            mutated = ast.unparse(ast.fix_missing_locations(tree))
            _put(holder, name, place, node)
            yield Mutant(getattr(node, "lineno", 0), _shown(node), _shown(other), mutated)


def _put(holder: ast.AST, name: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(holder, name, node)
    else:
        getattr(holder, name)[place] = node


def _places(holder: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, Any]]:
    """Yield every node with where it hangs: who holds it, in which field, at which place of a list."""
    for name, value in ast.iter_fields(holder):
        if name in TYPES:
            continue
        nodes = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for place, node in nodes:
            if isinstance(node, ast.AST) and not _is_text_alone(node):
                yield holder, name, place, node
                yield from _places(node)


def _is_text_alone(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _shown(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0][:LONGEST_SHOWN]


def _mistakes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what might stand in a node's place."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in OTHER:
            yield ast.Compare(node.left, [OTHER[type(op)]()], node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(OTHER[type(node.op)](), node.values)
        case ast.BinOp() if type(node.op) in OTHER:
            yield ast.BinOp(node.left, OTHER[type(node.op)](), node.right)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call() | ast.NamedExpr()):
            yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.IfExp(test=ast.Name() | ast.Attribute() | ast.Call() | ast.NamedExpr()):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.comprehension(ifs=[_, *_]):
            yield ast.comprehension(node.target, node.iter, [], node.is_async)
        case ast.Return(value=ast.AST()) if not isinstance(node.value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.Expr(value=ast.Call()) | ast.Assert():
            yield ast.Pass()
        case ast.keyword(arg="needs", value=ast.List(elts=wanted)):
            yield from (ast.keyword("needs", ast.List([o for o in wanted if o is not one])) for one in wanted)
        case ast.Constant():
            yield from _other_values(node.value)


def _other_values(value: object) -> Iterator[ast.Constant]:
    match value:
        case bool():
            yield ast.Constant(not value)
        case int() | float():
            yield ast.Constant(value + 1)
        case str() if value.strip():
            yield ast.Constant(f"XX{value}")
