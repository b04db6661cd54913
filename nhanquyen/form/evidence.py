"""Evidence files: which are taken, and how a photo is made safe to keep."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from nhanquyen.text import clean_line

MAX_PIXELS = 50_000_000
MAX_SIDE = 30_000
LONG_SIDE = 1600
SMALL_SIDE = 160
QUALITY = 82
# A name of this many bytes also fits the file systems that count bytes, with room for what an archive puts before it.
MAX_NAME_BYTES = 180
PHOTO = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp"})
_MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"RIFF": "WEBP"}
_HEIC = frozenset(b"ftyp" + brand for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_LOCKED = re.compile(rb"/Encrypt(?![A-Za-z])")
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*%', " "))
_RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\.|\Z)", re.IGNORECASE)

_HEIC_REFUSED = (
    "Ảnh HEIC của iPhone chưa dùng được. "
    "Vào Cài đặt → Camera → Định dạng, chọn “Tương thích nhất” rồi chụp lại."
)  # fmt: skip
_TOO_LARGE = "Ảnh quá lớn (trên 50 triệu điểm ảnh). Giảm kích thước ảnh rồi tải lại."
_BROKEN = "Không mở được ảnh này: tệp bị hỏng hoặc tải chưa hết. Chọn lại ảnh."


class FileRefused(Exception):
    """A file that is not taken; the message says in Vietnamese why and what to do."""


@dataclass(frozen=True)
class EvidenceFile:
    """A file ready to be stored; *thumbnail* is a small JPEG of a photo."""

    name: str
    media_type: str
    data: bytes
    thumbnail: bytes | None


def _kind(data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        return "PDF"
    if data[4:12] in _HEIC:
        raise FileRefused(_HEIC_REFUSED)
    for magic, kind in _MAGIC.items():
        if data.startswith(magic) and (kind != "WEBP" or data[8:12] == b"WEBP"):
            return kind
    raise FileRefused("Tệp này không phải là ảnh JPG, PNG, WEBP hoặc PDF. Chọn tệp khác.")


def _split_name(name: str) -> tuple[str, str]:
    """The bare name and its ending (``".jpg"``, blank when there is none), without the folders before it."""
    bare = clean_line(name.replace("\\", "/").rsplit("/", 1)[-1])
    stem, dot, ending = bare.rpartition(".")
    return (stem, f".{ending.lower()}") if dot else (bare, "")


def _file_name(stem: str, ending: str) -> str:
    """A name that every file system takes, Windows' too."""
    safe = clean_line(stem.translate(_FORBIDDEN)).strip(" .")
    safe = safe.encode()[: MAX_NAME_BYTES - len(ending)].decode(errors="ignore").strip(" .")
    if not safe or _RESERVED.match(safe):
        safe = f"minh chứng {safe}".strip()
    return safe + ending


def _reduced(image: Image.Image) -> Image.Image:
    """The picture within `LONG_SIDE`, 8 bits a channel. It shrinks first: every full-size copy costs 200 MB."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    image.thumbnail((LONG_SIDE, LONG_SIDE))
    return image


def _flat(image: Image.Image) -> Image.Image:
    """RGB on white, upright, with nothing but the pixels."""
    upright = ImageOps.exif_transpose(image)
    paper = Image.new("RGB", upright.size, "white")
    if upright.mode in ("RGBA", "LA"):
        rgba = upright.convert("RGBA")
        paper.paste(rgba, mask=rgba.getchannel("A"))
    else:
        paper.paste(upright.convert("RGB"))
    return paper


def _jpeg(image: Image.Image, side: int) -> bytes:
    copy = image.copy()
    copy.thumbnail((side, side))
    out = BytesIO()
    copy.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _opened(kind: str, data: bytes) -> Image.Image:
    """The picture, not decoded yet. Raises `FileRefused` for one too large to be decoded."""
    try:
        image = Image.open(BytesIO(data), formats=[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FileRefused(_TOO_LARGE) from error
    except Exception as error:  # whatever a decoder trips over in a broken file
        raise FileRefused(_BROKEN) from error
    if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
        raise FileRefused(_TOO_LARGE)
    return image


def _photo(stem: str, kind: str, data: bytes) -> EvidenceFile:
    image = _opened(kind, data)
    try:
        flat = _flat(_reduced(image))
    except Exception as error:  # whatever a decoder trips over in a broken file
        raise FileRefused(_BROKEN) from error
    return EvidenceFile(_file_name(stem, ".jpg"), "image/jpeg", _jpeg(flat, LONG_SIDE), _jpeg(flat, SMALL_SIDE))


def prepare(name: str, data: bytes, limit_mb: int) -> EvidenceFile:
    """*data* as it is stored: a photo drawn anew without its location and other data, a PDF byte for byte.

    Raises `FileRefused`. A photo may bear the ending of another kind of photo, as chat programs often leave it.
    """
    if not data:
        raise FileRefused("Tệp rỗng (0 byte). Chọn lại tệp.")
    if len(data) > limit_mb * 1024 * 1024:
        raise FileRefused(f"Tệp lớn hơn {limit_mb} MB. Giảm dung lượng tệp rồi tải lại.")
    kind = _kind(data)
    stem, ending = _split_name(name)
    if ending and ending not in ({".pdf"} if kind == "PDF" else PHOTO):
        raise FileRefused(f"Tên tệp kết thúc bằng “{ending[:10]}” nhưng nội dung là {kind}. Chọn đúng tệp gốc.")
    if kind != "PDF":
        return _photo(stem, kind, data)
    if b"%%EOF" not in data[-2048:]:
        raise FileRefused("Tệp PDF tải chưa hết hoặc bị hỏng. Quét hoặc tải lại tệp.")
    if _LOCKED.search(data):
        raise FileRefused("Tệp PDF có mật khẩu hoặc bị khóa. Bỏ mật khẩu của tệp rồi tải lại.")
    return EvidenceFile(_file_name(stem, ".pdf"), "application/pdf", data, None)
