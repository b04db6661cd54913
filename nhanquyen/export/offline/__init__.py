"""The offline form as a workbook: the unit's own report, to be filled without the network and uploaded again."""

from nhanquyen.export.offline.book import Blank, offline_form

__all__ = ["Blank", "offline_form"]
