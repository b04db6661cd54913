"""Reading what a browser posts: changed values by address, each with the value that it replaces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nhanquyen.directive import Address, BlockKind, Directive, Field
from nhanquyen.directive.values import Stored, read

BASE_PREFIX = "was."


class PatchError(Exception):
    """A posted name that the definition does not hold: the page is of another round or was tampered with."""


@dataclass
class Patch:
    """Changes to one report. *bases* holds what the sender saw before, where the sender said so."""

    changes: dict[Address, Stored] = field(default_factory=dict)
    bases: dict[Address, Stored] = field(default_factory=dict)

    @property
    def items(self) -> set[str]:
        """The keys of the items that it touches."""
        return {address.item for address in self.changes}


def field_at(directive: Directive, address: Address) -> Field:
    """The field at *address*. Raises `PatchError` for a place that the definition does not hold."""
    try:
        block = directive.block(address.item, address.block)
        found = block.by_key[address.field]
    except KeyError:
        raise PatchError(address.name) from None
    fixed = {row.key for row in block.rows} if block.kind is BlockKind.MATRIX else {"0"}
    if block.kind is not BlockKind.TABLE and address.row not in fixed:
        raise PatchError(address.name)
    return found


def read_patch(directive: Directive, pairs: Iterable[tuple[str, str]]) -> Patch:
    """The patch in posted *pairs*; names that are no addresses are somebody else's and are passed over.

    Of a name that comes twice the last counts, as a tick box sends its blank first. Raises `PatchError`.
    """
    patch = Patch()
    for name, text in pairs:
        into = patch.bases if name.startswith(BASE_PREFIX) else patch.changes
        try:
            address = Address.parse(name.removeprefix(BASE_PREFIX))
        except ValueError:
            continue
        into[address] = read(field_at(directive, address), text)
    return patch
