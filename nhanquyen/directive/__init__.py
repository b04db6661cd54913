"""What is asked: the directive's definition as data, its values, conditions and checks."""

from __future__ import annotations

from pathlib import Path

from nhanquyen.directive.loader import load_directive, parse_directive
from nhanquyen.directive.model import (
    SINGLE_ROW,
    STATUS_BLOCK,
    Address,
    Block,
    BlockKind,
    Check,
    Counted,
    Directive,
    Document,
    Field,
    GroupPart,
    Item,
    Kind,
    MatrixRow,
    Rule,
    SameActivity,
)
from nhanquyen.directive.toml_table import DirectiveError

BUILT_IN = Path(__file__).with_name("217-catx-2023.toml")

__all__ = [
    "BUILT_IN",
    "SINGLE_ROW",
    "STATUS_BLOCK",
    "Address",
    "Block",
    "BlockKind",
    "Check",
    "Counted",
    "Directive",
    "DirectiveError",
    "Document",
    "Field",
    "GroupPart",
    "Item",
    "Kind",
    "MatrixRow",
    "Rule",
    "SameActivity",
    "load_directive",
    "parse_directive",
]
