"""Uploaded pictures: what is let in, what is refused, and what is left of their metadata. All files are made here."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageChops, ImageCms

from imagecreator.errors import ERRORS, ExpectedError
from imagecreator.pictures import encode, read_mask, read_picture

MB = 1_000_000


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    content = BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def read(content: bytes, max_bytes: int = 5 * MB, max_pixels: int = 20 * MB) -> Image.Image:
    return read_picture(BytesIO(content), max_bytes=max_bytes, max_pixels=max_pixels)


def refusal(content: bytes, **limits: int) -> ExpectedError:
    with pytest.raises(ExpectedError) as caught:
        read(content, **limits)
    assert caught.value.code in ERRORS
    return caught.value


def is_near(pixel: object, wanted: tuple[int, int, int], tolerance: int = 6) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, wanted, strict=True))


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def arrow() -> Image.Image:
    """Wider than high, red at the upper left: what is up is easily told."""
    image = Image.new("RGB", (60, 40), "blue")
    image.paste("red", (0, 0, 30, 20))
    return image


def noise(size: tuple[int, int]) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise(size, 90) for _ in range(3)])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_four_formats_are_read_as_plain_rgb(kind: str) -> None:
    image = read(saved(Image.new("RGB", (64, 48), (200, 40, 40)), kind))
    assert (image.mode, image.size, image.info) == ("RGB", (64, 48), {})
    assert is_near(image.getpixel((20, 20)), (200, 40, 40))


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM", "PDF", "TGA", "JPEG2000"])
def test_other_formats_are_refused_though_pillow_knows_them(kind: str) -> None:
    assert refusal(saved(Image.new("RGB", (64, 48)), kind)).code == "not_an_image"


@pytest.mark.parametrize(
    "content",
    [
        b"this is a text that somebody named picture.png",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
        b"\0" * 5000,
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    assert refusal(content).code == "not_an_image"


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"").code == "empty_file"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_truncated_picture_is_refused(kind: str) -> None:
    content = saved(noise((200, 150)), kind)
    assert refusal(content[: len(content) // 2]).code == "not_an_image"


def test_a_header_that_claims_a_huge_picture_is_refused_before_decoding() -> None:
    error = refusal(png_header(50_000, 50_000))
    assert (error.code, error.values) == ("image_too_large", {"limit_mp": 20})
    assert "20 megapixels" in error.problem.what


def test_a_header_that_claims_more_than_the_limit_is_refused_where_pillow_would_decode() -> None:
    assert refusal(png_header(5_000, 5_000)).code == "image_too_large"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_real_bomb_of_few_bytes_is_refused() -> None:
    content = saved(Image.new("1", (12_000, 12_000)), "PNG")
    assert len(content) < MB
    assert refusal(content, max_pixels=100 * MB).code == "image_too_large"


def test_too_many_bytes_are_refused_with_the_limit() -> None:
    error = refusal(saved(noise((300, 300)), "PNG"), max_bytes=150_000)
    assert (error.code, error.values) == ("image_too_many_bytes", {"limit_mb": 0.1})


def test_the_first_frame_of_an_animation_is_taken() -> None:
    first, second = Image.new("RGB", (30, 20), "red"), Image.new("RGB", (30, 20), "blue")
    for kind in ("GIF", "WEBP", "PNG"):
        image = read(saved(first, kind, save_all=True, append_images=[second], duration=100))
        assert is_near(image.getpixel((5, 5)), (255, 0, 0)), kind


def test_a_cmyk_jpeg_keeps_its_colours() -> None:
    image = read(saved(arrow().convert("CMYK"), "JPEG", quality=95))
    assert is_near(image.getpixel((10, 10)), (255, 0, 0), 12)
    assert is_near(image.getpixel((50, 30)), (0, 0, 255), 12)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_exif_orientation_comes_out_upright(orientation: int, kind: str) -> None:
    upright = arrow()
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    image = read(saved(stored, kind, exif=exif))
    assert image.size == upright.size
    for point in ((8, 8), (50, 8), (8, 32), (50, 32)):
        wanted = upright.getpixel(point)
        assert isinstance(wanted, tuple)
        assert is_near(image.getpixel(point), wanted, 25), point  # type: ignore[arg-type]


def test_the_place_where_a_photo_was_taken_is_not_kept() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SecretCamera"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (55.0, 45.0, 7.0)}
    )
    photo = noise((128, 96))
    content = saved(photo, "JPEG", quality=95, exif=exif, comment=b"SecretComment", icc_profile=srgb())
    assert b"SecretCamera" in content
    assert b"SecretComment" in content
    for max_bytes, extension in ((MB, "png"), (10_000, "jpg")):
        again, kind = encode(read(content), max_bytes)
        stored = Image.open(BytesIO(again))
        assert kind == extension
        assert b"Secret" not in again
        assert not stored.getexif()
        assert "icc_profile" not in stored.info


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_broken_exif_does_not_hide_the_picture() -> None:
    image = read(
        saved(arrow(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12\0\x03\xff\xff\xff\xff" * 3)
    )
    assert image.size == (60, 40)


def test_transparent_parts_are_white() -> None:
    see_through = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    see_through.paste((0, 0, 255, 255), (0, 0, 20, 40))
    grey = Image.merge("LA", [Image.new("L", (40, 40), 90), see_through.getchannel("A")])
    palette = see_through.convert("P")
    palette.info["transparency"] = palette.getpixel((30, 10))
    for image, kind, left in (
        (see_through, "PNG", (0, 0, 255)),
        (see_through, "WEBP", (0, 0, 255)),
        (see_through, "GIF", (0, 0, 255)),
        (grey, "PNG", (90, 90, 90)),
        (palette, "PNG", (0, 0, 255)),
    ):
        opened = read(saved(image, kind))
        assert opened.getpixel((30, 20)) == (255, 255, 255), (kind, image.mode)
        assert is_near(opened.getpixel((8, 20)), left), (kind, image.mode)


def test_half_transparent_is_mixed_with_white() -> None:
    image = read(saved(Image.new("RGBA", (8, 8), (0, 0, 0, 128)), "PNG"))
    assert is_near(image.getpixel((4, 4)), (127, 127, 127), 2)


def test_sixteen_bit_grey_keeps_its_tones() -> None:
    deep = Image.new("I;16", (30, 10))
    for x, value in enumerate((0, 32_896, 65_535)):
        deep.paste(value, (x * 10, 0, x * 10 + 10, 10))
    image = read(saved(deep, "PNG"))
    assert [image.getpixel((x, 5)) for x in (5, 15, 25)] == [(v, v, v) for v in (0, 128, 255)]


def test_one_bit_pictures_are_black_and_white() -> None:
    half = Image.new("1", (20, 10))
    half.paste(1, (10, 0, 20, 10))
    image = read(saved(half, "PNG"))
    assert [image.getpixel((x, 5)) for x in (5, 15)] == [(0, 0, 0), (255, 255, 255)]


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """An sRGB profile whose red and blue primaries are exchanged: what it calls red is blue."""
    content = srgb()
    assert content.count(b"rXYZ") == content.count(b"bXYZ") == 1
    return content.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


def test_a_colour_profile_is_applied() -> None:
    image = read(saved(Image.new("RGB", (8, 8), "red"), "PNG", icc_profile=swapped_profile()))
    assert is_near(image.getpixel((4, 4)), (0, 0, 255))


def test_a_colour_profile_is_applied_under_transparency() -> None:
    image = read(saved(Image.new("RGBA", (8, 8), (255, 0, 0, 128)), "PNG", icc_profile=swapped_profile()))
    assert is_near(image.getpixel((4, 4)), (127, 127, 255))


@pytest.mark.parametrize("profile", [b"no profile at all", b"", srgb()[:200]])
def test_a_broken_or_unfitting_profile_is_passed_over(profile: bytes) -> None:
    image = read(saved(Image.new("RGB", (8, 8), (10, 200, 30)), "PNG", icc_profile=profile))
    assert image.getpixel((4, 4)) == (10, 200, 30)
    grey = read(saved(Image.new("L", (8, 8), 77), "PNG", icc_profile=srgb()))
    assert grey.getpixel((4, 4)) == (77, 77, 77)


def test_a_phone_picture_with_a_second_one_inside_is_read() -> None:
    image = read(saved(arrow(), "MPO", save_all=True, append_images=[Image.new("RGB", (60, 40), "green")]))
    assert is_near(image.getpixel((8, 8)), (255, 0, 0), 12)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]),
    st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=8),
)
def test_flipped_bytes_give_a_picture_or_the_plain_refusal(kind: str, flips: list[tuple[int, int]]) -> None:
    content = bytearray(saved(arrow(), kind))
    for place, value in flips:
        content[place % len(content)] = value
    try:
        image = read(bytes(content))
    except ExpectedError as error:
        assert error.code in ("not_an_image", "image_too_large")
    else:
        assert image.mode == "RGB"


def test_a_picture_that_fits_stays_png_bit_for_bit() -> None:
    image = arrow()
    content, extension = encode(image, 100_000)
    assert extension == "png"
    assert ImageChops.difference(Image.open(BytesIO(content)), image).getbbox() is None


def test_a_picture_that_does_not_fit_becomes_the_best_jpeg_that_does() -> None:
    image = noise((400, 300))
    larger, extension = encode(image, 120_000)
    smaller, _ = encode(image, 40_000)
    assert extension == "jpg"
    assert 100_000 < len(larger) <= 120_000
    assert len(smaller) <= 40_000
    opened = Image.open(BytesIO(smaller))
    assert (opened.format, opened.size) == ("JPEG", (400, 300))


def test_a_picture_that_can_never_fit_says_so() -> None:
    with pytest.raises(ExpectedError) as caught:
        encode(noise((400, 300)), 1000)
    assert caught.value.code == "image_will_not_fit"


def mask_from(image: Image.Image, **options: object) -> Image.Image:
    return read_mask(BytesIO(saved(image, "PNG", **options)), max_bytes=MB, max_pixels=MB)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "I;16", "P"])
def test_a_mask_is_read_in_grey_from_any_mode(mode: str) -> None:
    drawn = Image.new("L", (40, 20))
    drawn.paste(255, (10, 5, 30, 15))
    image = Image.new("I;16", drawn.size) if mode == "I;16" else drawn.convert(mode)
    if mode == "I;16":
        image.paste(65535, (10, 5, 30, 15))
    mask = mask_from(image)
    assert mask.mode == "L"
    assert mask.tobytes() == drawn.tobytes()


def test_transparent_parts_of_a_mask_mark_nothing() -> None:
    """As a canvas gives it: strokes of white on nothing."""
    image = Image.new("RGBA", (40, 20), (255, 255, 255, 0))
    image.paste((255, 255, 255, 255), (10, 5, 30, 15))
    assert mask_from(image).getbbox() == (10, 5, 30, 15)


def test_a_mask_is_refused_like_any_picture() -> None:
    with pytest.raises(ExpectedError) as caught:
        read_mask(BytesIO(b"no picture"), max_bytes=MB, max_pixels=MB)
    assert caught.value.code == "not_an_image"
