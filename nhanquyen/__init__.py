"""Nhân quyền: units report on a directive by a deadline, one office consolidates.

The package reads as the sentence *directive → form → store → overview → export*;
``web`` and ``cli`` serve those stages and imports point to the left only.
"""

__version__ = "1.1.0"
