"""Evidence for the demonstration: drawn photos in which nobody can be recognised, and a drawn scan."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from random import Random
from time import strptime, struct_time

from PIL import Image, ImageDraw

PHOTO = (960, 640)
PAGE = (827, 1169)  # A4 at 100 dpi
RED, YELLOW, NECK = (196, 30, 38), (250, 210, 60), (176, 132, 104)
INK, PAPER, STAMP = (70, 70, 74), (250, 248, 242), (190, 40, 48)
SCANNED: struct_time = strptime("2023-12-15", "%Y-%m-%d")

Draw = ImageDraw.ImageDraw


def _lettering(
    draw: Draw, box: tuple[int, int, int, int], lines: int, colour: tuple[int, int, int], chance: Random
) -> None:
    """Words as they look from too far away to be read."""
    left, top, right, bottom = box
    height = (bottom - top) // (2 * lines)
    for line in range(lines):
        x, y = left, top + line * 2 * height
        while x < right - 12:
            end = min(right, x + chance.randint(14, 46))
            draw.rectangle((x, y, end, y + height), fill=colour)
            x = end + 9


def _banner(draw: Draw, box: tuple[int, int, int, int], chance: Random) -> None:
    left, top, right, bottom = box
    draw.rectangle(box, fill=RED)
    draw.rectangle((left + 5, top + 5, right - 5, bottom - 5), outline=YELLOW, width=3)
    _lettering(draw, (left + 30, top + 22, right - 24, bottom - 16), 2, YELLOW, chance)


def _street(chance: Random) -> Image.Image:
    """A banner across the front of a public building."""
    image = Image.new("RGB", PHOTO)
    draw = ImageDraw.Draw(image)
    for y in range(PHOTO[1]):
        draw.line((0, y, PHOTO[0], y), fill=(120 + y // 8, 170 + y // 12, 225 - y // 20))
    wall = (226 - chance.randint(0, 14), 214, 170 + chance.randint(0, 20))
    draw.rectangle((110, 190, 850, 520), fill=wall)
    draw.polygon([(90, 190), (480, 110), (870, 190)], fill=(150, 70, 56))
    for x in range(150, 800, 130):
        draw.rectangle((x, 340, x + 70, 440), fill=(92, 116, 132), outline=(240, 240, 236), width=5)
    draw.rectangle((0, 520, *PHOTO), fill=(148, 142, 134))
    for x in (40, 905):
        draw.rectangle((x, 300, x + 14, 530), fill=(96, 70, 50))
        draw.ellipse((x - 70, 190, x + 84, 350), fill=(58, 112 + chance.randint(0, 30), 58))
    _banner(draw, (170, 215, 790, 305), chance)
    return image


def _hall(chance: Random) -> Image.Image:
    """A meeting seen from behind its last row."""
    image = Image.new("RGB", PHOTO, (222, 212, 190))
    draw = ImageDraw.Draw(image)
    draw.rectangle((180, 60, 780, 330), fill=(150, 24, 30))
    _banner(draw, (230, 90, 730, 180), chance)
    draw.rectangle((330, 270, 630, 345), fill=(120, 78, 44))
    draw.rectangle((0, 345, *PHOTO), fill=(186, 158, 120))
    for row, y in enumerate(range(370, 620, 58)):
        size = 26 + row * 6
        for x in range(40 + row % 2 * 30, PHOTO[0], 78 + row * 8):
            shirt = chance.choice([(238, 238, 240), (128, 150, 186), (96, 128, 104), (206, 190, 160)])
            draw.ellipse((x - size, y + size, x + size, y + 4 * size), fill=shirt)
            draw.rectangle((x - size // 5, y + size // 2, x + size // 5, y + size + 6), fill=NECK)
            draw.ellipse((x - size // 2, y, x + size // 2, y + size), fill=(34, 30, 30))
    return image


def _page(chance: Random) -> Image.Image:
    """A signed and stamped page, as an office scanner sees it."""
    image = Image.new("RGB", PAGE, PAPER)
    draw = ImageDraw.Draw(image)
    _lettering(draw, (110, 80, 330, 140), 3, INK, chance)
    _lettering(draw, (420, 80, 740, 140), 3, INK, chance)
    _lettering(draw, (250, 190, 590, 226), 2, INK, chance)
    for top in (270, 430, 560, 700):
        _lettering(draw, (110, top, 740, top + chance.randint(80, 120)), 5, INK, chance)
    _lettering(draw, (110, 860, 280, 930), 4, INK, chance)
    _lettering(draw, (470, 860, 700, 890), 2, INK, chance)
    draw.ellipse((440, 900, 590, 1050), outline=STAMP, width=5)
    draw.ellipse((462, 922, 568, 1028), outline=STAMP, width=2)
    draw.line([(520, 1000), (560, 930), (585, 1010), (620, 940), (690, 985)], fill=(30, 50, 150), width=4)
    _lettering(draw, (500, 1070, 680, 1090), 1, INK, chance)
    return image


def _photo(draw: Callable[[Random], Image.Image], chance: Random) -> bytes:
    out = BytesIO()
    draw(chance).save(out, "JPEG", quality=80)
    return out.getvalue()


def _scan(chance: Random) -> bytes:
    out = BytesIO()
    _page(chance).save(out, "PDF", resolution=100.0, creationDate=SCANNED, modDate=SCANNED)
    return out.getvalue()


def picture(kind: str, name: str) -> bytes:
    """The content of the file *name*: a photo of a ``banner`` or a ``meeting``, or the ``scan`` of a report (PDF)."""
    chance = Random(name)  # noqa: S311  # a picture, no secret
    if kind == "scan":
        return _scan(chance)
    return _photo({"banner": _street, "meeting": _hall}[kind], chance)
