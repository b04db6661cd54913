"""Word documents: engine (fills a template), kinds (which documents there are and what their templates may use)."""

from nhanquyen.export.word.engine import TemplateFaulty, render

__all__ = ["TemplateFaulty", "render"]
