"""What every public function does: look at the kinds of its arguments, and tell errors in words."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache, wraps
from inspect import Parameter, Signature, isclass, isfunction, signature
from numbers import Integral, Real
from os import PathLike
from typing import Any, TypeVar

from sojourn.disk.faults import problem_behind
from sojourn.errors import Problem, SojournError

Public = TypeVar("Public", bound=Callable[..., Any])

_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "None": (type(None), "None"),
    "bool": (bool, "True or False"),
    "int": (Integral, "a whole number"),
    "float": (Real, "a number"),
    "str": (str, "a text"),
    "Path": (PathLike, "a path"),
    "date": (date, "a date"),
    "Mapping": (Mapping, "a dictionary whose keys are texts"),
}
"""By the name in an annotation: what is taken, and how it is called."""
_LISTS = ("Iterable", "Sequence")
_CLASSES = ("Agreement", "Run", "Study")


def public(made: Public) -> Public:
    """A function, or a class with all its public methods, that ends as the command line does.

    An argument of another kind than its annotation raises SojournError with what to give; so does
    what the machine lacks (a file, room on a disk, memory), with the same words as in a shell. Only
    missing and unknown arguments stay Python's TypeError.
    """
    if isclass(made):
        for name, method in list(vars(made).items()):
            if isfunction(method) and not name.startswith("_"):
                setattr(made, name, public(method))
        return made

    @wraps(made)
    def ended(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 -- as the function
        _look_at(made, arguments, named)
        try:
            return made(*arguments, **named)
        except SojournError:
            raise
        except Exception as error:
            problem = problem_behind(error)
            if problem is None:
                raise
            raise SojournError(problem) from error

    return ended  # type: ignore[return-value]


@cache
def _signature(made: Callable[..., Any]) -> Signature:
    return signature(made)


def _look_at(
    made: Callable[..., Any], arguments: tuple[object, ...], named: Mapping[str, object]
) -> None:
    known = _signature(made)
    try:
        given = known.bind(*arguments, **named).arguments
    except TypeError:
        return  # the call itself says it better
    problems = []
    for name, value in given.items():
        parameter = known.parameters[name]
        kinds = _parts(str(parameter.annotation))
        for one in value if parameter.kind is Parameter.VAR_POSITIONAL else [value]:
            if name != "self" and not any(_is(one, kind) for kind in kinds):
                wanted = ", or ".join(dict.fromkeys(map(_called, kinds)))
                shown = repr(one)
                shown = shown if len(shown) < 60 else f"{shown[:57]}…"
                problems.append(Problem(f"{name}= cannot be {shown}", f"give {wanted}"))
    if problems:
        raise SojournError(*problems)


@cache
def _parts(annotation: str) -> tuple[str, ...]:
    """The alternatives of an annotation: `str | None` has two."""
    parts, depth = [""], 0
    for sign in annotation.strip("'\""):
        depth += (sign == "[") - (sign == "]")
        if sign == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return tuple(part.strip().strip("'\"") for part in parts)


def _inside(kind: str) -> str:
    return kind.partition("[")[2].removesuffix("]")


def _is(value: object, kind: str) -> bool:
    """Whether a value is of a kind; yes for kinds that are looked at where they are used."""
    name = kind.partition("[")[0]
    if name == "Literal":
        return value in _options(kind)
    if name in _LISTS:
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            return False
        # An iterator is read only once, by the function itself.
        several = value if isinstance(value, list | tuple | set | frozenset) else ()
        return all(any(_is(one, part) for part in _parts(_inside(kind))) for one in several)
    if name in _CLASSES:
        return any(each.__name__ == name for each in type(value).__mro__)
    if name not in _KINDS:
        return True
    if name == "Mapping":
        return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)
    truth = type(value).__name__ in {"bool", "bool_"}  # NumPy has its own
    if truth or name == "bool":
        return truth and name == "bool"
    return isinstance(value, _KINDS[name][0])


def _called(kind: str) -> str:
    name = kind.partition("[")[0]
    if name == "Literal":
        return " or ".join(map(repr, _options(kind)))
    if name in _LISTS:
        return f"a list, each of which is {' or '.join(map(_called, _parts(_inside(kind))))}"
    return _KINDS[name][1] if name in _KINDS else f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


@cache
def _options(kind: str) -> tuple[object, ...]:
    found = ast.literal_eval(f"({_inside(kind)},)")
    assert isinstance(found, tuple)
    return found
