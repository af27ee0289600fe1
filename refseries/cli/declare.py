# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands out of files: a module's docstring is the help, a frozen dataclass are the options.

A module of ``commands/`` has a docstring, which may end in an example, and a function ``main`` that
takes one frozen dataclass. Each field of it that is ``Annotated`` with ``typer.Option`` or
``typer.Argument`` is an option: those of the command itself first, then what it inherits. A field
of type ``tuple[X, ...]`` may be given several times. A module is loaded for its options and to run;
its docstring is read without that, as the list of all commands wants nothing else.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import keyword
import shlex
import typing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from refseries.errors import RefseriesError

if TYPE_CHECKING:
    from importlib.abc import InspectLoader  # slow to load, in each command

COMMANDS = "refseries.cli.commands"


def command(name: str, panel: str = "", below: Sequence[str] = ()) -> TyperCommand | TyperGroup:
    """The command of a module of ``commands/``, or the group of commands of a package in it.

    Args:
        name: as it is typed; the module is named alike.
        panel: the heading that help has it under; empty for the first one.
        below: the commands of a group.
    """
    if not below:
        return _Command(name, _module(COMMANDS, name), panel)
    group = _CommandGroup(name, _module(COMMANDS, name), panel)
    for word in below:
        group.add_command(_Command(word, _module(group.module, word)))
    return group


def _module(package: str, name: str) -> str:
    word = name.replace("-", "_")
    return f"{package}.{word}_" if keyword.iskeyword(word) else f"{package}.{word}"


class _Command(TyperCommand):
    """A command whose module is loaded when its options are asked for."""

    def __init__(self, name: str, module: str, panel: str = "") -> None:
        super().__init__(name, rich_help_panel=panel or None)
        self.module = module
        del self.help, self.epilog, self.params, self.callback

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - what typer keeps there
        """Make what is not there, at its first use."""
        if name in ("help", "epilog"):
            self.help, self.epilog = docstring(self.module)
        elif name in ("params", "callback"):
            app = typer.Typer(add_completion=False)
            app.command()(signature(importlib.import_module(self.module).main))
            made = get_command(app)
            self.params, self.callback = made.params, made.callback
        else:
            raise AttributeError(name)
        return getattr(self, name)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own
        """As every command's; where a word is wrong that is several ones, that is said."""
        typed = tuple(args)
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            if error.param is not None:
                error.message += _one_at_a_time(error.param, typed, error.message)
            raise

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        """As every command's, likewise."""
        try:
            return super().invoke(ctx)
        except RefseriesError as error:
            for param in self.params:
                words = ctx.params.get(param.name) or ()
                error.hint += _one_at_a_time(param, words, f"{error.where} {error.what}")
            raise


def _one_at_a_time(param: Any, words: Sequence[object], wrong: str) -> str:  # noqa: ANN401
    """How to give what may be given several times, where a word of it lists several.

    Args:
        param: the option or argument.
        words: what was given.
        wrong: what an error says; the word is not meant where it says nothing of it.
    """
    if not (getattr(param, "multiple", False) or param.nargs == -1):
        return ""
    for word in map(str, words):
        parts = [shlex.quote(part) for part in word.split(",") if part]
        if len(parts) > 1 and word.rstrip(",").rpartition(",")[2] in wrong:
            option = f"{param.opts[0]} " if param.param_type_name == "option" else ""
            return f" Give each by itself: {' '.join(f'{option}{part}' for part in parts)}"
    return ""


class _CommandGroup(TyperGroup):
    """A group of commands, with the help that its package has."""

    def __init__(self, name: str, module: str, panel: str) -> None:
        super().__init__(name=name, rich_help_panel=panel or None, no_args_is_help=True)
        self.module = module
        del self.help

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name != "help":
            raise AttributeError(name)
        self.help = docstring(self.module)[0]
        return self.help


def docstring(module: str) -> tuple[str, str]:
    """What a module says of itself, and its example; it is not run for that."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    code = cast("InspectLoader", spec.loader).get_code(module)
    assert code is not None
    about, mark, example = inspect.cleandoc(code.co_consts[0]).rpartition("\n\nExample: ")
    return (about, f"Example: {' '.join(example.split())}") if mark else (example, "")


def signature(main: Callable[[Any], None]) -> Callable[..., None]:
    """A function that takes what the fields of ``main``'s dataclass declare, as typer wants it."""
    kind = typing.get_type_hints(main)[next(iter(inspect.signature(main).parameters))]
    hints = typing.get_type_hints(kind, include_extras=True)

    def call(context: typer.Context, **given: object) -> None:
        values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
        }
        main(kind(directory=context.obj, **values))

    parameters = [inspect.Parameter("context", _KEYWORD, annotation=typer.Context)]
    for field in _own_first(kind):
        if typing.get_origin(hints[field.name]) is Annotated:
            parameters.append(_parameter(field, *typing.get_args(hints[field.name])))
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {}
    return call


_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def _own_first(kind: type[Any]) -> Iterator[Field[Any]]:
    """The fields of a dataclass: what it declares itself, then what it inherits."""
    by_name = {each.name: each for each in fields(kind)}
    for owner in kind.__mro__:
        for name in inspect.get_annotations(owner):
            if name in by_name:
                yield by_name.pop(name)


def _parameter(field: Field[Any], kind: Any, info: Any) -> inspect.Parameter:  # noqa: ANN401
    default = inspect.Parameter.empty if field.default is MISSING else field.default
    if typing.get_origin(kind) is tuple:  # typer knows lists alone
        kind = list[typing.get_args(kind)[0]]  # type: ignore[misc]
        default = list(default) if isinstance(default, tuple) else default
    return inspect.Parameter(
        field.name, _KEYWORD, default=default, annotation=Annotated[kind, info]
    )
