"""Evidence files: photos drawn anew without what they tell of people, PDFs kept byte for byte, the rest refused."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile, PngImagePlugin

from nhanquyen.form.evidence import LONG_SIDE, MAX_NAME_BYTES, SMALL_SIDE, EvidenceFile, FileRefused, prepare
from nhanquyen.text import clean_line

MB = 1024 * 1024
RED, BLUE, WHITE = (220, 20, 20), (20, 20, 220), (255, 255, 255)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SECRET = b"10.0123,106.3456 Nguyen Van A"


def picture(mode: str = "RGB", size: tuple[int, int] = (60, 40), color: Any = RED) -> Image.Image:
    return Image.new(mode, size, color)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data), formats=["JPEG"])
    image.load()
    return image


def pixel(data: bytes, x: int, y: int) -> tuple[int, ...]:
    found = opened(data).getpixel((x, y))
    assert isinstance(found, tuple)
    return found


def near(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 25 for one, other in zip(found, wanted, strict=True))


def refusal(name: str, data: bytes, limit_mb: int = 12) -> str:
    with pytest.raises(FileRefused) as caught:
        prepare(name, data, limit_mb)
    return str(caught.value)


def png(width: int, height: int, color: int = 0, bits: int = 1, rows: int = 1) -> bytes:
    """A PNG that says it is *width* × *height*, with the data of a few rows."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    body = zlib.compress(bytes(rows * (1 + (width * bits + 7) // 8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


# --- Photos ------------------------------------------------------------------------------------------------------


def phone_photo(orientation: int) -> bytes:
    """Red on the left, blue on the right, with everything that a phone writes beside the pixels."""
    image = picture(size=(3200, 1600))
    image.paste(BLUE, (1600, 0, 3200, 1600))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825)[2] = (10.0, 1.0, 23.0)
    exif.get_ifd(0x8769)[0x9286] = SECRET
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return saved(image, "JPEG", exif=exif, icc_profile=profile, comment=SECRET, dpi=(300, 300))


def test_a_phone_photo_stands_upright_small_and_tells_nothing() -> None:
    original = phone_photo(6)
    assert SECRET in original
    file = prepare("IMG_2023.JPG", original, 12)
    image = opened(file.data)
    assert (file.name, file.media_type) == ("IMG_2023.jpg", "image/jpeg")
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (800, 1600))
    # Orientation 6 means: turn clockwise, so that the left side comes to the top.
    assert near(pixel(file.data, 400, 100), RED)
    assert near(pixel(file.data, 400, 1500), BLUE)
    for data in (file.data, file.thumbnail or b""):
        assert set(opened(data).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not dict(opened(data).getexif())
        for trace in (b"Exif", b"ICC_PROFILE", b"Maker", SECRET):
            assert trace not in data


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, RED), (2, BLUE), (3, BLUE), (4, RED), (5, RED), (7, BLUE), (8, BLUE)]
)
def test_every_orientation_ends_upright(orientation: int, corner: tuple[int, int, int]) -> None:
    file = prepare("a.jpg", phone_photo(orientation), 12)
    assert opened(file.data).size == ((1600, 800) if orientation < 5 else (800, 1600))
    assert near(pixel(file.data, 20, 20), corner)


def test_the_thumbnail_is_small() -> None:
    file = prepare("a.jpg", phone_photo(1), 12)
    assert file.thumbnail is not None
    assert opened(file.thumbnail).size == (SMALL_SIDE, SMALL_SIDE // 2)
    assert len(file.thumbnail) < 10_000


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (LONG_SIDE, 10), (LONG_SIDE + 1, LONG_SIDE + 1), (30_000, 2)])
def test_no_photo_is_enlarged_or_too_large(size: tuple[int, int]) -> None:
    width, height = opened(prepare("a.png", saved(picture(size=size), "PNG"), 12).data).size
    assert 1 <= width <= min(size[0], LONG_SIDE)
    assert 1 <= height <= min(size[1], LONG_SIDE)
    assert max(width, height) == min(max(size), LONG_SIDE)


def deep_grey() -> bytes:
    row = struct.pack("<60H", *[65_535] * 30, *[16_384] * 30)
    return saved(Image.frombytes("I;16", (60, 40), row * 40), "PNG")


def half_clear(mode: str, kind: str, **options: Any) -> bytes:
    image = picture("RGBA", color=(*RED, 255))
    image.paste((0, 0, 0, 0), (30, 0, 60, 40))
    return saved(image.convert(mode), kind, **options)


def clear_palette() -> bytes:
    image = picture("P", color=0)
    image.putpalette([*RED, *BLUE])
    image.paste(1, (30, 0, 60, 40))
    return saved(image, "PNG", transparency=1)


def animation(kind: str) -> bytes:
    return saved(picture(), kind, save_all=True, append_images=[picture(color=BLUE)], duration=100)


@pytest.mark.parametrize(
    ("name", "data", "left", "right"),
    [
        ("a.png", saved(picture(), "PNG"), RED, RED),
        ("a.webp", saved(picture(), "WEBP", lossless=True), RED, RED),
        ("a.png", half_clear("RGBA", "PNG"), RED, WHITE),
        ("a.png", half_clear("LA", "PNG"), (80, 80, 80), WHITE),
        ("a.webp", half_clear("RGBA", "WEBP", lossless=True), RED, WHITE),
        ("a.png", clear_palette(), RED, WHITE),
        ("a.png", saved(picture("1", color=1), "PNG"), WHITE, WHITE),
        ("a.png", saved(picture("L", color=99), "PNG"), (99, 99, 99), (99, 99, 99)),
        ("a.png", deep_grey(), WHITE, (64, 64, 64)),
        ("a.jpg", saved(picture("L", color=99), "JPEG"), (99, 99, 99), (99, 99, 99)),
        ("a.jpg", saved(picture("CMYK", color=(0, 235, 235, 30)), "JPEG"), RED, RED),
        ("a.jpg", saved(picture(), "JPEG", progressive=True), RED, RED),
        ("a.png", animation("PNG"), RED, RED),
        ("a.webp", animation("WEBP"), RED, RED),
    ],
    ids=["png", "webp", "rgba", "la", "webp-rgba", "palette", "1-bit", "grey", "16-bit", "jpeg-grey", "cmyk",
         "progressive", "apng", "webp-animation"],
)  # fmt: skip
def test_every_sort_of_picture_keeps_its_colours(
    name: str, data: bytes, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    file = prepare(name, data, 12)
    assert opened(file.data).size == (60, 40)
    assert near(pixel(file.data, 10, 20), left)
    assert near(pixel(file.data, 50, 20), right)


def test_a_comment_in_a_png_is_gone() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", SECRET.decode())
    original = saved(picture(), "PNG", pnginfo=notes)
    assert SECRET in original
    assert SECRET not in prepare("a.png", original, 12).data


def test_what_is_hidden_behind_a_photo_is_gone() -> None:
    jar = BytesIO()
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("Evil.class", SECRET)
    file = prepare("a.jpg", saved(picture(), "JPEG") + jar.getvalue() + b"<script>alert(1)</script>", 12)
    assert b"PK\x03\x04" not in file.data
    assert b"script" not in file.data


# --- Refused -----------------------------------------------------------------------------------------------------

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.jpg", b"", "Tệp rỗng"),
        ("a.png", SVG, "không phải là ảnh JPG, PNG, WEBP hoặc PDF"),
        ("a.jpg", b"<!DOCTYPE html><script>alert(1)</script>", "không phải là ảnh"),
        ("a.gif", saved(picture("P"), "GIF"), "không phải là ảnh"),
        ("a.jpg", saved(picture("P"), "GIF") + b"PK\x03\x04", "không phải là ảnh"),
        ("a.bmp", saved(picture(), "BMP"), "không phải là ảnh"),
        ("a.tif", saved(picture(), "TIFF"), "không phải là ảnh"),
        ("a.webp", b"RIFF\x24\x00\x00\x00WAVEfmt ", "không phải là ảnh"),
        ("a.docx", b"PK\x03\x04" + b"\0" * 100, "không phải là ảnh"),
        ("a.exe", b"MZ" + b"\0" * 100, "không phải là ảnh"),
        ("a.pdf", b"\n" + PDF, "không phải là ảnh"),
        ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "Tương thích nhất"),
        ("a.jpg", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "Tương thích nhất"),
        ("a.pdf", saved(picture(), "PNG"), "kết thúc bằng “.pdf” nhưng nội dung là PNG"),
        ("a.html", saved(picture(), "JPEG"), "kết thúc bằng “.html” nhưng nội dung là JPEG"),
        ("a.jpg.svg", saved(picture(), "JPEG"), "kết thúc bằng “.svg”"),
        ("a.jpg", PDF, "kết thúc bằng “.jpg” nhưng nội dung là PDF"),
        ("a.html", PDF, "kết thúc bằng “.html” nhưng nội dung là PDF"),
        ("a.pdf", PDF.replace(b"%%EOF", b""), "tải chưa hết hoặc bị hỏng"),
        ("a.pdf", PDF + b"\0" * 3000, "tải chưa hết hoặc bị hỏng"),
        ("a.pdf", PDF.replace(b"<</Root", b"<</Encrypt 5 0 R/Root"), "có mật khẩu hoặc bị khóa"),
        ("a.jpg", b"\xff\xd8\xff<script>alert(1)</script>", "Không mở được ảnh này"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "Không mở được ảnh này"),
        ("a.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 ", "Không mở được ảnh này"),
    ],
)  # fmt: skip
def test_it_says_why_a_file_is_not_taken(name: str, data: bytes, words: str) -> None:
    told = refusal(name, data)
    assert words in told
    assert told.endswith(".")


def test_the_limit_is_told_and_one_byte_over_it_is_over() -> None:
    scan = PDF[:9] + b"%" + b"0" * (2 * MB - len(PDF) - 1) + PDF[9:]
    assert len(scan) == 2 * MB
    assert prepare("a.pdf", scan, 2).data == scan
    assert refusal("a.pdf", scan + b"\n", 2) == "Tệp lớn hơn 2 MB. Giảm dung lượng tệp rồi tải lại."


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_that_ends_early_is_refused(kind: str) -> None:
    rough = Image.frombytes("RGB", (120, 90), random.Random(7).randbytes(120 * 90 * 3))  # a noisy picture
    whole = saved(rough, kind)
    assert prepare("a.jpg", whole, 12)
    for part in (2, 3, 5, 10):
        assert "Không mở được ảnh này" in refusal("a.jpg", whole[: len(whole) // part])


WHOLE = {kind: saved(picture(size=(16, 12)), kind) for kind in ("JPEG", "PNG", "WEBP")}


@given(st.sampled_from(list(WHOLE)), st.integers(0, 2000), st.binary(min_size=1, max_size=12))
def test_a_damaged_photo_is_drawn_or_refused_and_nothing_else(kind: str, place: int, damage: bytes) -> None:
    data = bytearray(WHOLE[kind])
    start = 12 + place % (len(data) - 12)
    data[start : start + len(damage)] = damage
    try:
        file = prepare("a.jpg", bytes(data), 12)
    except FileRefused:
        return
    assert opened(file.data).format == "JPEG"


@pytest.mark.parametrize(
    "size", [(9_000, 9_000), (12_000, 12_000), (20_000, 20_000), (60_000, 60_000), (1, 49_000_000), (30_001, 1)]
)
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", explode)
    assert "Ảnh quá lớn" in refusal("a.png", png(*size))


@pytest.mark.skipif(sys.platform != "linux", reason="reads how much memory the process took as Linux counts it")
@pytest.mark.parametrize(("size", "most"), [((20_000, 20_000), 20), ((7_000, 7_000), 180)])
def test_a_small_file_takes_little_memory(size: tuple[int, int], most: int) -> None:
    """A bomb takes none; the largest 1-bit scan that is taken, less than a full copy in colour."""
    program = """
import resource, sys
from nhanquyen.form.evidence import FileRefused, prepare
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    prepare("a.png", data, 12)
except FileRefused:
    pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    data = png(*size, rows=size[1] if size[1] < 10_000 else 1)
    assert len(data) < 100_000
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], input=data, capture_output=True, cwd=root, check=True
    )
    assert int(done.stdout) < most


# --- PDF ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        PDF,
        PDF.rstrip(),
        PDF + b"\r\n" * 500,
        PDF.replace(b"%%EOF", b"/ByteRange[0 1 2 3]/Contents<00>\n%%EOF"),
        PDF.replace(b"endobj", b"endobj\n% <script>alert(1)</script>", 1),
        PDF.replace(b"endobj", b"endobj\n% /EncryptedPayload", 1),
        b"%PDF-2.0\n\x00\xff\xfe" + PDF,
    ],
)
def test_a_pdf_is_kept_byte_for_byte(data: bytes) -> None:
    assert prepare("Báo cáo đã ký.PDF", data, 12) == EvidenceFile("Báo cáo đã ký.pdf", "application/pdf", data, None)


# --- Names -------------------------------------------------------------------------------------------------------

JPEG = saved(picture(), "JPEG")


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("Ảnh treo băng rôn.jpg", "Ảnh treo băng rôn.jpg"),
        ("A\u0309nh.jpeg", "Ảnh.jpg"),
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\x\\Desktop\\ảnh 1.JPG", "ảnh 1.jpg"),
        ("..\\..\\boot.png", "boot.jpg"),
        ("/", "minh chứng.jpg"),
        ("", "minh chứng.jpg"),
        (".jpg", "minh chứng.jpg"),
        ("...jpg", "minh chứng.jpg"),
        (" . .jpg", "minh chứng.jpg"),
        ("không đuôi", "không đuôi.jpg"),
        ("a\r\nSet-Cookie: x=1.jpg", "a Set-Cookie x=1.jpg"),
        ('a"b<c>d|e?f*g:h%i.jpg', "a b c d e f g h i.jpg"),
        ("anh\u202egpj.exe.jpg", "anhgpj.exe.jpg"),
        ("a\u200bb\ufeff.jpg", "ab.jpg"),
        ("a\x00.png\x00.jpg", "a.png.jpg"),
        ("\ud800a.jpg", "a.jpg"),
        ("CON.jpg", "minh chứng CON.jpg"),
        ("nul.tar.jpg", "minh chứng nul.tar.jpg"),
        ("LPT1.jpg", "minh chứng LPT1.jpg"),
        ("com².jpg", "minh chứng com².jpg"),
        ("CONG AN.jpg", "CONG AN.jpg"),
        ("=cmd()|x.jpg", "=cmd() x.jpg"),
        ("z4912.jpg  ", "z4912.jpg"),
        ("ảnh.2023.12.05.jpg", "ảnh.2023.12.05.jpg"),
        ("zalo.png", "zalo.jpg"),
        ("chrome.jfif", "chrome.jpg"),
    ],
)
def test_a_name_is_made_safe(name: str, stored: str) -> None:
    assert prepare(name, JPEG, 12).name == stored


@pytest.mark.parametrize("stem", ["ệ" * 170, "ấ" * 59 + " . " + "ấ" * 200, "x" * 5000, "😀" * 100, "ờ" * 100_000])
def test_a_long_name_is_cut_between_letters(stem: str) -> None:
    name = prepare(f"{stem}.jpg", JPEG, 12).name
    assert MAX_NAME_BYTES - 10 <= len(name.encode()) <= MAX_NAME_BYTES
    assert name.endswith(".jpg")
    assert set(name.removesuffix(".jpg")) <= set(stem)


@given(st.text(max_size=80), st.sampled_from(["", ".jpg", ".PNG", ".webp"]))
def test_every_name_ends_safe(stem: str, ending: str) -> None:
    try:
        name = prepare(stem + ending, JPEG, 12).name
    except FileRefused:  # the text had an ending of its own
        assert "." in clean_line(stem)
        return
    assert name == clean_line(name)
    assert not set(name) & set('/\\<>:"|?*%\n\r\x00')
    assert not name.startswith((".", " "))
    assert 4 < len(name.encode()) <= MAX_NAME_BYTES
