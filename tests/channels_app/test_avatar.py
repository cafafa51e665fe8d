"""The avatar, by which every upload of a picture is tried: what is taken, what is refused, what is left out."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import ExifTags, Image

from channels_app.models import Picture
from tests.look import colour_of, image_in, page, stored, words
from tests.rows import picture_bytes

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

RED, BLUE = (255, 0, 0), (0, 0, 255)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    content = BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def two_colours() -> Image.Image:
    """Red at the left, blue at the right."""
    image = Image.new("RGB", (600, 400), BLUE)
    image.paste(RED, (0, 0, 300, 400))
    return image


def animated_gif() -> bytes:
    frames = [Image.new("RGB", (90, 90), colour) for colour in ("red", "blue", "lime")]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)


def taken_by_a_camera() -> bytes:
    """Held sideways, at a known place."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be turned a quarter clockwise: the left side becomes the upper one
    exif[ExifTags.Base.Artist] = "Alice Secret"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum] = "WGS-84 at home"
    return saved(two_colours(), "JPEG", exif=exif, comment=b"a note to nobody", quality=95)


def upload(client: Client, content: bytes, name: str = "me.png", display_name: str = "Alice") -> Answer:
    form = {"display_name": display_name, "about": "", "new_avatar": SimpleUploadedFile(name, content)}
    return client.post(reverse("profile"), form)


def avatar_of(user: User) -> Picture:
    user.profile.refresh_from_db()
    assert user.profile.avatar is not None
    return user.profile.avatar


def is_near(pixel: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 12 for a, b in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        (picture_bytes((500, 300), "red"), RED),
        (picture_bytes((30, 90), "red", "JPEG"), RED),
        (picture_bytes((1600, 1600), "red", "WEBP"), RED),
        (animated_gif(), RED),
        (saved(Image.new("CMYK", (300, 300), (0, 255, 255, 0)), "JPEG"), RED),
        (saved(Image.new("RGBA", (300, 300), (0, 0, 0, 0)), "PNG"), (255, 255, 255)),
    ],
    ids=["png", "jpeg", "webp", "animated gif", "cmyk", "transparent"],
)
def test_a_picture_becomes_an_avatar_of_exactly_800_by_800(
    alices: Client, alice: User, content: bytes, colour: tuple[int, int, int]
) -> None:
    assert upload(alices, content).status_code == 302
    image = image_in(alices.get(reverse("picture_file", args=[avatar_of(alice).pk])))
    assert (image.size, image.mode, getattr(image, "n_frames", 1)) == ((800, 800), "RGB", 1)
    assert is_near(image.getpixel((400, 400)), colour)


def test_a_picture_taken_sideways_is_upright_and_tells_nothing_of_who_took_it_where(
    alices: Client, alice: User
) -> None:
    content = taken_by_a_camera()
    assert b"WGS-84 at home" in content
    assert upload(alices, content, "me.jpg").status_code == 302
    answer = alices.get(reverse("picture_file", args=[avatar_of(alice).pk]))
    sent = answer.getvalue()
    image = Image.open(BytesIO(sent))
    assert is_near(image.getpixel((400, 100)), RED)
    assert is_near(image.getpixel((400, 700)), BLUE)
    assert dict(image.getexif()) == {}
    for secret in (b"WGS-84", b"Alice Secret", b"a note to nobody", b"Exif"):
        assert secret not in sent


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (saved(Image.new("1", (7000, 7000)), "PNG"), "more than 40 megapixels"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "not a picture that can be read"),
        (b"a text that somebody named me.png", "not a picture that can be read"),
        (picture_bytes((300, 300), "red", "BMP"), "not a picture that can be read"),
        (picture_bytes((300, 300), "red")[:-300], "not a picture that can be read"),
        (b"", "The file is empty."),
    ],
    ids=["bomb", "svg", "text", "bmp", "cut off", "empty"],
)
def test_a_picture_that_cannot_be_taken_is_refused_with_the_reason(
    alices: Client, alice: User, content: bytes, sentence: str
) -> None:
    before = stored()
    answer = upload(alices, content, display_name="Alice the First")
    assert answer.status_code == 200
    assert any(sentence in problem for problem in page(answer).problems), page(answer).problems
    assert page(answer).form(having="new_avatar").fields["display_name"] == "Alice the First"
    alice.profile.refresh_from_db()
    assert (alice.profile.avatar, alice.profile.display_name) == (None, "alice")
    assert stored() == before


def test_a_picture_of_too_many_bytes_is_refused(alices: Client, settings: object) -> None:
    settings.PICTURE_MAX_MB = 1  # type: ignore[attr-defined]
    noise = Image.merge("RGB", [Image.effect_noise((700, 700), 90) for _ in range(3)])
    assert any("larger than 1 MB" in problem for problem in page(upload(alices, saved(noise, "PNG"))).problems)


def test_a_picture_larger_than_any_upload_is_refused_and_not_silently_left_out(
    alices: Client, settings: object
) -> None:
    settings.PICTURE_MAX_MB = 1  # type: ignore[attr-defined]
    before = stored()
    assert upload(alices, bytes(7_000_000))["Location"] == reverse("profile")
    said = words(alices.get(reverse("profile")))
    assert "The picture file is larger than 1 MB." in said
    assert "Your profile was saved." not in said
    assert stored() == before


def test_a_former_avatar_can_be_put_back(alices: Client, alice: User) -> None:
    assert not Picture.objects.exists()
    upload(alices, picture_bytes((100, 100), "red"))
    first = avatar_of(alice)
    assert "Former pictures" not in words(alices.get(reverse("profile")))
    upload(alices, picture_bytes((100, 100), "blue"))
    assert colour_of(avatar_of(alice)) == BLUE
    shown = alices.get(reverse("profile"))
    assert "Former pictures" in words(shown)
    answer = alices.post(page(shown).form(action=rf"/pictures/{first.pk}/restore/").action)
    assert answer["Location"] == reverse("profile")
    assert avatar_of(alice) == first
    assert colour_of(first) == RED
    assert Picture.objects.count() == 2


def test_saving_the_words_alone_keeps_the_avatar(alices: Client, alice: User) -> None:
    upload(alices, picture_bytes((100, 100), "red"))
    alices.post(reverse("profile"), {"display_name": "Alice", "about": "New words"})
    assert colour_of(avatar_of(alice)) == RED
