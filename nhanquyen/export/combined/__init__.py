"""The combined Excel of the Synthesis Team: record → columns → tables → sheet → book."""

from nhanquyen.export.combined.about import ALL_UNITS, About
from nhanquyen.export.combined.book import write

__all__ = ["ALL_UNITS", "About", "write"]
