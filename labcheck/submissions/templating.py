"""Jinja2 as Ansible uses it (trim_blocks, the final newline kept), in a sandbox with limits.

A value that only a run can know becomes a mark such as `UNKNOWN-domain`, a secret becomes `VAULT`; neither is an
error. Templates come from strangers: no attribute of Python is reachable, no number grows without end, a template
runs for `SECONDS` at most, and what it includes comes from the submission alone.

This is Jinja2 and PyYAML and not ansible-core: its templates run lookups (`pipe`, `file`, `url`) as whoever grades, it
stops at the first unknown fact, and it is 70 MB that take longer to load than we take to judge.
"""

import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from labcheck.submissions.filters import FILTERS, TESTS

SECONDS = 0.7
SECONDS_IN_ALL = 3.0
LARGEST_NUMBER = 1_000_000
LONGEST_TEXT = 2_000_000
DEEPEST = 12
MARK = "UNKNOWN-"
GUARDS = {"default", "d", "defined", "undefined"}
"""Filters and tests that expect that there may be no value."""


class TooSlow(Exception):  # noqa: N818 - a state of the template
    """A template that did not end in time."""


class CannotRender(Exception):  # noqa: N818 - a state of the template
    """A template that Jinja2 refuses, with its line (0: not known)."""

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(what)
        self.line = line


class Unknown(jinja2.ChainableUndefined):
    """A value that is not known here. It can be looked into, called and written; it is written as a mark.

    A comparison with it is taken for true, and counted in `decided`: what depends on it only a run can tell.
    """

    decided: ClassVar[int] = 0

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: Any) -> Any:
        return Unknown(name=f"{self._undefined_name}.{name}")

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Return itself, whatever it is called with."""
        return self

    def __str__(self) -> str:
        return MARK + re.sub(r"[^A-Za-z0-9_.-]+", "-", str(self._undefined_name or "value")).strip("-")[:80]

    def _itself(self, *_: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __floordiv__ = __truediv__ = _itself

    def _perhaps(self, _: Any) -> Any:
        Unknown.decided += 1
        return True

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _perhaps

    def __hash__(self) -> int:
        return hash(str(self))

    def __bool__(self) -> bool:
        Unknown.decided += 1
        return False

    def __int__(self) -> Any:
        return 0


class _Context(Context):
    """Variables may hold templates themselves: they are rendered when they are asked for, as Ansible does."""

    def resolve_or_missing(self, key: str) -> Any:
        value = super().resolve_or_missing(key)
        environment = self.environment
        if isinstance(environment, Sandbox):
            if value is missing:
                environment.asked_in_vain.append(key)
            return environment.filled(value, self.parent)
        return value


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of one submission; `missing` are the names that no variable answered to since `forget`."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})
    context_class = _Context

    def __init__(self, source: Callable[[str], str | None]) -> None:
        super().__init__(
            trim_blocks=True, keep_trailing_newline=True, undefined=Unknown, cache_size=200,
            loader=jinja2.FunctionLoader(source), extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        )  # fmt: skip
        self.filters.update(FILTERS)
        self.tests.update(TESTS)
        for name in ("lookup", "query", "q", "now", "undef"):
            self.globals[name] = Unknown(name=name)
        del self.globals["lipsum"]
        self.asked_in_vain: list[str] = []
        self._excused: set[str] = set()
        self._fallbacks: set[str] = set()
        self._depth = 0
        self._spent = 0.0

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the names without a value, but for those that a template sets itself or asks for with a default."""
        return tuple(name for name in self.asked_in_vain if name not in self._excused)

    def forget(self) -> None:
        """Begin to collect missing names anew."""
        self.asked_in_vain.clear()
        self._excused.clear()
        self._fallbacks.clear()
        Unknown.decided = 0

    @property
    def is_decided_by_run(self) -> bool:
        """Tell whether a comparison with an unknown value has decided about what was rendered since `forget`."""
        return bool(Unknown.decided)

    @property
    def is_unsure(self) -> bool:
        """Tell whether a condition that was looked at since `forget` needs a value that is not known here."""
        return self.is_decided_by_run or bool(set(self.asked_in_vain) - self._fallbacks)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Any:
        """Refuse the inner attributes of Python."""
        raise SecurityError(f"`{attribute}`")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse what would grow beyond all measure; text times number and powers above all."""
        for one, other in ((left, right), (right, left)):
            big = isinstance(other, int) and abs(other) > LARGEST_NUMBER
            if operator in ("*", "**") and (big or (isinstance(one, int) and abs(one) > LARGEST_NUMBER**2)):
                raise jinja2.TemplateRuntimeError(f"a number too large for `{operator}`")
            if operator == "*" and isinstance(one, str | list) and isinstance(other, int):
                _bounded(len(one) * max(other, 0))
        if operator == "**" and isinstance(right, int | float) and abs(right) > 64:
            raise jinja2.TemplateRuntimeError("a power too large")
        if operator == "%" and isinstance(left, str):
            _bounded(sum(int(number[:9]) for number in re.findall(r"\d+", left)))
        if operator == "+" and isinstance(left, str | list) and isinstance(right, str | list):
            _bounded(len(left) + len(right))
        return super().call_binop(context, operator, left, right)

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Stop what is inside after SECONDS of processor time, all together after SECONDS_IN_ALL."""

        def stop(*_: Any) -> None:
            raise TooSlow

        began = time.process_time()
        left = min(SECONDS, SECONDS_IN_ALL - self._spent)
        if left <= 0:
            raise CannotRender("the templates before it have used up the time that a submission is given")
        before = signal.signal(signal.SIGVTALRM, stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, left)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)
            self._spent += time.process_time() - began

    def known(self, source: str) -> nodes.Template:
        """Parse a template; filters and tests that are not known here give unknown values."""
        tree = self.parse(source)
        self._excused |= {one.name for one in tree.find_all(nodes.Name) if one.ctx == "store"}
        for found in tree.find_all((nodes.Filter, nodes.Test)):
            name = found.name
            if name in GUARDS and isinstance(found.node, nodes.Name):
                self._excused.add(found.node.name)
            if name in GUARDS:
                self._fallbacks |= {one.name for one in found.args if isinstance(one, nodes.Name)}
            table: dict[str, Any] = self.filters if isinstance(found, nodes.Filter) else self.tests
            if name not in table:
                table[name] = table.get(name.rpartition(".")[2]) or _unknown(name)
        return tree

    def render(self, source: str, variables: Mapping[str, Any]) -> str:
        """Return a template filled in; raise CannotRender with the line of the mistake."""
        with self._in_time(), _told():
            code = self.compile(self.known(source))
            template = jinja2.Template.from_code(self, code, self.make_globals(None))
            parts, size = [], 0
            for part in template.generate(variables):
                parts.append(part)
                size = _bounded(size + len(part))
            return "".join(parts)

    def value(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """Return what an expression such as a `when:` gives."""
        with self._in_time(), _told():
            self.known("{{ " + expression + " }}")
            return self.compile_expression(expression, undefined_to_none=False)(variables)

    def value_of(self, value: Any, variables: Mapping[str, Any]) -> Any:
        """Return a value as `filled` does, in limited time; raise CannotRender."""
        with self._in_time(), _told():
            return self.filled(value, variables)

    def filled(self, value: Any, variables: Mapping[str, Any]) -> Any:
        """Return a value with every template in it rendered; a single `{{ name }}` keeps its kind."""
        if isinstance(value, str) and ("{{" in value or "{%" in value):
            if self._depth >= DEEPEST:
                raise jinja2.TemplateRuntimeError("variables that need each other without end")
            self._depth += 1
            try:
                return self._filled(value, variables)
            finally:
                self._depth -= 1
        if isinstance(value, dict):
            return {key: self.filled(one, variables) for key, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one, variables) for one in value]
        return value

    def _filled(self, value: str, variables: Mapping[str, Any]) -> Any:
        tree = self.known(value)
        body = tree.body[0].nodes if len(tree.body) == 1 and isinstance(tree.body[0], nodes.Output) else []
        if len(body) == 1 and not isinstance(body[0], nodes.TemplateData):
            inner = value.strip().removeprefix("{{").removesuffix("}}").strip("-+ \n")
            return self.compile_expression(inner, undefined_to_none=False)(variables)
        return jinja2.Template.from_code(self, self.compile(tree), self.make_globals(None)).render(variables)


def _bounded(size: int) -> int:
    if size > LONGEST_TEXT:
        raise jinja2.TemplateRuntimeError(f"more than {LONGEST_TEXT:,} characters")
    return size


def _unknown(name: str) -> Callable[..., Unknown]:
    def answer(*_: Any, **__: Any) -> Unknown:
        return Unknown(name=name)

    return answer


@contextmanager
def _told() -> Iterator[None]:
    """Turn whatever a stranger's template can end in into CannotRender."""
    try:
        yield
    except TooSlow as error:
        raise CannotRender(f"it was still running after {SECONDS:g} seconds", _line(error)) from error
    except jinja2.TemplateSyntaxError as error:
        raise CannotRender(f"{error.message}", error.lineno) from error
    except SecurityError as error:
        raise CannotRender(f"it reaches for what no template needs: {error}", _line(error)) from error
    except (MemoryError, RecursionError) as error:
        raise CannotRender("it needs more memory than it is given", _line(error)) from error
    except Exception as error:  # any error of the template's own, such as `1 / 0`
        raise CannotRender(f"{type(error).__name__}: {str(error)[:200]}", _line(error)) from error


def _line(error: Exception) -> int:
    """Return the line of the template in which an error arose."""
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
