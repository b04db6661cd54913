"""The kinds of Word documents that the program makes, in the order of the screen."""

from __future__ import annotations

from nhanquyen.export.consolidated import CONSOLIDATED
from nhanquyen.export.word import REMINDER, UNIT

KINDS = {kind.key: kind for kind in (UNIT, CONSOLIDATED, REMINDER)}
