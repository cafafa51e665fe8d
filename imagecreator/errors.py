"""The table of errors that people may see: a code, what happened, and what to do. Nothing else holds such sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from imagecreator.words import clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class ErrorText:
    """What happened and what to do, each one sentence; ``%(name)s`` is filled from the error's values."""

    what: _StrPromise
    do: _StrPromise


@dataclass(frozen=True)
class Problem:
    """An error as a person reads it, in the language that is active."""

    code: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.what} {self.do}"


class ExpectedError(Exception):
    """A failure that has a code in ``ERRORS``: bad input, a full disk, a missing model. Not an alarm.

    Texts among the values may come from a stranger's file. They are cleaned of what no page or database could take.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = {name: clean_line(value) if isinstance(value, str) else value for name, value in values.items()}

    @property
    def problem(self) -> Problem:
        """The sentences for people."""
        return explain(self.code, self.values)


def explain(code: str, values: Mapping[str, object]) -> Problem:
    """Fill the sentences of ``code``; an unknown code reads as ``unexpected``."""
    text = ERRORS.get(code, ERRORS["unexpected"])
    try:
        return Problem(code, str(text.what) % values, str(text.do) % values)
    except (KeyError, TypeError, ValueError):  # values of an older version lie in old rows
        return Problem(code, str(ERRORS["unexpected"].what), str(ERRORS["unexpected"].do))


_UPLOAD_OTHER = _("Upload another video.")
_CHOOSE_OTHER = _("Choose another picture: JPEG, PNG, WebP or GIF.")
_FETCH_AGAIN = _("Download the LoRA again from where you found it.")
_CHOOSE_LORA = _("Choose another LoRA: a .safetensors file for the model that paints here.")
_LORA_AS_SAFETENSORS = _("Look for the same LoRA as a .safetensors file; no other kind is ever opened here.")
_TRY_AGAIN = _("Try again; if it happens again, tell the operator.")
_OTHER_WAY = _("Do without it, or ask the operator for another model.")
_ASK_OPERATOR = _("Tell the operator of this site.")
_CHECK_MODELS = _("Tell the operator: “manage.py models check” says what is wrong.")
_LATER = _("Try again later.")
_FORM_WRITES = _("Edit the prompt that was put together without it.")
_WRITE_AGAIN = _("Edit the prompt that was put together without it, or have it written again later.")
_FETCH_BY_HAND = _("Download the file on your device, and upload it here.")
_OPEN_AND_CHECK = _("Open the address in your browser and check it.")

ERRORS: dict[str, ErrorText] = {
    # videos
    "empty_file": ErrorText(_("The file is empty."), _("Check the file on your device and upload it again.")),
    "not_a_video": ErrorText(
        _("This file is not a video that can be read."), _("Export it as MP4, MOV, MKV or WebM and upload it again.")
    ),
    "no_picture": ErrorText(_("This file has sound but no picture."), _UPLOAD_OTHER),
    "too_many_bytes": ErrorText(
        _("The file is larger than %(limit_mb)s MB."), _("Export a smaller version and upload that.")
    ),
    "too_long": ErrorText(
        _("The video is longer than %(limit_minutes)s minutes."), _("Cut it, or ask the operator to raise the limit.")
    ),
    "too_many_pixels": ErrorText(
        _("The picture of the video is larger than %(limit_side)s pixels on a side."),
        _("Export it in a smaller size, such as 1920×1080, and upload that."),
    ),
    "damaged": ErrorText(
        _("The video is damaged or incomplete: no picture in it can be read."), _("Export it again and upload it.")
    ),
    "file_missing": ErrorText(_("A file that belongs to this is no longer in the storage."), _ASK_OPERATOR),
    # pictures
    "not_an_image": ErrorText(_("This file is not a picture that can be read."), _CHOOSE_OTHER),
    "image_too_large": ErrorText(
        _("The picture has more than %(limit_mp)s megapixels."), _("Make it smaller and choose it again.")
    ),
    "image_too_many_bytes": ErrorText(
        _("The picture file is larger than %(limit_mb)s MB."), _("Make it smaller and choose it again.")
    ),
    "image_will_not_fit": ErrorText(
        _("The picture cannot be made small enough for this place (%(limit_mb)s MB)."), _CHOOSE_OTHER
    ),
    "no_recipe": ErrorText(
        _("No recipe was found in this picture."),
        _("Take the file as it was painted: messengers and many sites leave the recipe out."),
    ),
    # painting
    "banned": ErrorText(
        _("The text contains something that may not be painted here: “%(term)s”."), _("Change the text and try again.")
    ),
    "held_words": ErrorText(
        _("A moderator looks at the words first: “%(term)s” may not be painted just so."),
        _("You are told what was decided. If you do not want to wait, cancel it and ask with other words."),
    ),
    "out_of_memory": ErrorText(
        _("The machine ran out of memory while painting."), _("Ask for fewer pictures at once, or try again later.")
    ),
    "card_failed": ErrorText(_("The graphics card failed while painting."), _ASK_OPERATOR),
    "model_missing": ErrorText(_("The model that paints is not installed."), _ASK_OPERATOR),
    "model_wrong": ErrorText(
        _("The model that paints is damaged or of the wrong kind."),
        _CHECK_MODELS,
    ),
    "reference_lost": ErrorText(
        _("The picture to begin with is no longer here."), _("Choose it again on the page for new pictures.")
    ),
    "style_lost": ErrorText(
        _("The picture whose style was asked for is no longer here."), _("Choose it again, or go on without.")
    ),
    "role_missing": ErrorText(_("The model for this is not installed."), _CHECK_MODELS),
    "no_inpaint": ErrorText(_("The model in use, %(profile)s, has no part of its own for masks."), _OTHER_WAY),
    "no_pose": ErrorText(_("The model in use, %(profile)s, cannot follow a pose."), _OTHER_WAY),
    "no_face": ErrorText(_("The model in use, %(profile)s, cannot follow a face."), _OTHER_WAY),
    "picture_hidden": ErrorText(
        _("A picture that was chosen may not be used: it waits for a moderator, or was not allowed."),
        _("Choose another one, or wait until it is decided: you are told."),
    ),
    "too_many_held": ErrorText(
        _("%(limit)s uploads of yours wait for a moderator."), _("Wait until some of them are decided.")
    ),
    # parts of pictures
    "inpaint_wrong": ErrorText(_("The model for masks is damaged or of the wrong kind."), _CHECK_MODELS),
    "inpaint_misfit": ErrorText(
        _("The model for masks is made for another model than the one that paints here."), _CHECK_MODELS
    ),
    # poses and faces to follow
    "guide_wrong": ErrorText(_("The model for this guide is damaged or of the wrong kind."), _CHECK_MODELS),
    "guide_misfit": ErrorText(
        _("The model for this guide is made for another model than the one that paints here."),
        _CHECK_MODELS,
    ),
    "guide_empty": ErrorText(
        _("The guide is black: there is nothing on it to follow."), _("Choose a picture with somebody in it.")
    ),
    "nobody_found": ErrorText(
        _("Nobody was found in the picture."),
        _("Choose a picture in which people are seen whole and large, or a skeleton that is drawn already."),
    ),
    "no_face_found": ErrorText(
        _("No face was found in the picture, or none of at least %(least)s pixels."),
        _("Choose a picture with a larger face that looks at you."),
    ),
    "detector_missing": ErrorText(
        _("OpenPose's weights are not installed here: there is no %(folder)s."), _("Take MediaPipe to find people.")
    ),
    "no_upscaler": ErrorText(_("The model in use, %(profile)s, has no upscaler of its own."), _("Choose Lanczos.")),
    "upscaler_wrong": ErrorText(_("The upscaler is damaged or of the wrong kind."), _("Choose Lanczos.")),
    "picture_too_small": ErrorText(
        _("The picture is smaller than %(least)s pixels on a side: there is nothing to see in it."),
        _("Choose a larger picture, or Lanczos."),
    ),
    "no_style_network": ErrorText(_("The model in use, %(profile)s, has no network for styles."), _OTHER_WAY),
    "style_network_wrong": ErrorText(
        _("The network for styles is damaged or of the wrong kind."),
        _CHECK_MODELS,
    ),
    "no_captioner": ErrorText(
        _("The model in use, %(profile)s, has nothing that puts pictures into words."), _OTHER_WAY
    ),
    "captioner_wrong": ErrorText(
        _("The model that puts pictures into words is damaged or of the wrong kind."), _CHECK_MODELS
    ),
    "restyle_failed": ErrorText(
        _("The picture could not be restyled: what the network sees in it are no numbers."),
        _("Choose another picture for the style."),
    ),
    "mode_lora_missing": ErrorText(
        _("The file %(file)s, without which this model cannot paint fast, is not there."),
        _("Choose another speed, or tell the operator: “manage.py models check” says where to get it."),
    ),
    "profile_unknown": ErrorText(_("The engine profile “%(name)s” does not exist."), _ASK_OPERATOR),
    "profile_wrong": ErrorText(_("The engine profile “%(name)s” is faulty."), _ASK_OPERATOR),
    "bad_picture": ErrorText(_("The model painted an unusable (black or broken) picture."), _TRY_AGAIN),
    "start_too_small": ErrorText(
        _("The picture to begin with is smaller than %(least)s pixels on a side."), _("Choose a larger picture.")
    ),
    "mask_other_size": ErrorText(
        _("The mask has %(mask)s pixels, but its picture has %(picture)s."), _("Make the mask as large as the picture.")
    ),
    "mask_empty": ErrorText(
        _("The mask marks nothing that could be painted."), _("Mark in white, on black, what is to be painted anew.")
    ),
    # the language model: without it the form writes
    "no_language_model": ErrorText(_("There is no language model here."), _FORM_WRITES),
    "language_wrong": ErrorText(_("The language model is damaged or of the wrong kind."), _CHECK_MODELS),
    "language_no_memory": ErrorText(_("The machine has too little memory for its language model."), _ASK_OPERATOR),
    "language_away": ErrorText(_("The language model's server cannot be reached, or broke off."), _WRITE_AGAIN),
    "language_slow": ErrorText(_("The language model did not answer in time."), _WRITE_AGAIN),
    "language_busy": ErrorText(_("The language model's server has too much to do."), _WRITE_AGAIN),
    "language_refused": ErrorText(_("The language model's server refused the question."), _CHECK_MODELS),
    "language_trouble": ErrorText(_("The language model's server has trouble of its own."), _WRITE_AGAIN),
    "language_stranger": ErrorText(
        _("What answers at the address of the language model's server is no such server."), _CHECK_MODELS
    ),
    "language_answer": ErrorText(_("The language model answered twice what cannot be used."), _FORM_WRITES),
    # LoRAs
    "lora_too_large": ErrorText(_("The LoRA file is larger than %(limit_mb)s MB."), _CHOOSE_LORA),
    "lora_zip": ErrorText(
        _("This file is a ZIP archive, as .pt and .ckpt files are, not a .safetensors file."), _LORA_AS_SAFETENSORS
    ),
    "lora_pickle": ErrorText(
        _("This file is a Python pickle, which may hold a program, not a .safetensors file."), _LORA_AS_SAFETENSORS
    ),
    "lora_page": ErrorText(
        _("This file is a web page, not a LoRA."),
        _("Log in where you found the LoRA, and download the file itself."),
    ),
    "lora_not_safetensors": ErrorText(_("This file is not a .safetensors file, whatever its name."), _CHOOSE_LORA),
    "lora_cut_off": ErrorText(_("The LoRA file is cut off: of %(want)s bytes only %(have)s are there."), _FETCH_AGAIN),
    "lora_damaged": ErrorText(_("The LoRA file is damaged: its table of contents is wrong."), _FETCH_AGAIN),
    "lora_not_lora": ErrorText(_("This file holds no LoRA."), _CHOOSE_LORA),
    "lora_whole_model": ErrorText(_("This file is a whole model, not a LoRA."), _CHOOSE_LORA),
    "lora_other_kind": ErrorText(
        _("This file is not a plain LoRA but of the kind %(kind)s, which cannot be used here."), _CHOOSE_LORA
    ),
    "lora_other_model": ErrorText(
        _("This LoRA is made for another kind of model (%(family)s) and cannot be used here."), _CHOOSE_LORA
    ),
    "lora_does_not_fit": ErrorText(
        _("This LoRA is made for another model than the one that paints here: for %(made_for)s, not %(base)s."),
        _CHOOSE_LORA,
    ),
    "lora_unknown_keys": ErrorText(
        _("%(count)s tensors of the LoRA are unknown here, “%(first)s” for one."), _CHOOSE_LORA
    ),
    "lora_incomplete": ErrorText(
        _("The LoRA is not whole: matrices of %(count)s modules are missing or do not match, “%(first)s” for one."),
        _FETCH_AGAIN,
    ),
    "lora_mismatch": ErrorText(
        _("%(count)s of the LoRA's %(total)s modules do not fit the model that paints here, “%(first)s” for one."),
        _CHOOSE_LORA,
    ),
    "lora_not_numbers": ErrorText(_("The LoRA holds values that are not numbers, or infinite."), _CHOOSE_LORA),
    "lora_no_effect": ErrorText(_("The LoRA would change nothing: all of its weights are zero."), _CHOOSE_LORA),
    "lora_gone": ErrorText(
        _("The LoRA “%(name)s” is no longer offered here."), _("Ask once more without it, or with another one.")
    ),
    "lora_changed": ErrorText(_("The LoRA file is not the one that was checked."), _ASK_OPERATOR),
    "lora_two_sources": ErrorText(_("An address and a file were given."), _("Give one of the two.")),
    "lora_no_source": ErrorText(_("Neither an address nor a file was given."), _("Give one of the two.")),
    "lora_may_not": ErrorText(_("Your account may not add LoRAs."), _ASK_OPERATOR),
    # LoRAs from Hugging Face and Civitai
    "fetch_address": ErrorText(
        _("This is not the address of a model on Hugging Face or Civitai."),
        _("Copy the address of the model's page, or of its file, from huggingface.co or civitai.com."),
    ),
    "fetch_no_file": ErrorText(_("There is no .safetensors file at this address."), _CHOOSE_LORA),
    "fetch_which": ErrorText(
        _("There are several files on this page: %(names)s."), _("Give the address of the one that you want.")
    ),
    "fetch_not_lora": ErrorText(_("By its page, this model is not a LoRA but of the kind %(kind)s."), _CHOOSE_LORA),
    "fetch_not_offered": ErrorText(_("The author does not offer this model for download."), _CHOOSE_LORA),
    "fetch_missing": ErrorText(
        _("%(site)s has nothing at this address, or does not show it to everybody."), _OPEN_AND_CHECK
    ),
    "fetch_token": ErrorText(
        _("%(site)s gives this model only to those who are logged in."),
        _("The operator of this site can put a token of %(site)s into the setting %(setting)s."),
    ),
    "fetch_gated": ErrorText(
        _("%(site)s does not give this model to the owner of this site's token."),
        _("Whoever owns the token in %(setting)s must accept the terms on the model's page, or take a new token."),
    ),
    "fetch_busy": ErrorText(
        _("%(site)s takes no more questions from here for the moment."), _("Try again in %(minutes)s min.")
    ),
    "fetch_site_down": ErrorText(_("%(site)s has trouble of its own (status %(status)s)."), _LATER),
    "fetch_refused": ErrorText(_("%(site)s refused the download (status %(status)s)."), _FETCH_BY_HAND),
    "fetch_away": ErrorText(_("%(site)s cannot be reached from here."), _LATER),
    "fetch_broken": ErrorText(_("The connection to %(site)s broke again and again."), _LATER),
    "fetch_stalled": ErrorText(_("Nothing, or nearly nothing, came from %(site)s any more."), _LATER),
    "fetch_too_slow": ErrorText(_("The download took too long and was given up."), _FETCH_BY_HAND),
    "fetch_elsewhere": ErrorText(
        _("The download leads to an address that is not allowed here: %(host)s."), _ASK_OPERATOR
    ),
    "fetch_private": ErrorText(_("The name %(host)s leads to an address that is not on the internet."), _ASK_OPERATOR),
    "fetch_redirects": ErrorText(_("%(site)s sends from one address to another without an end."), _FETCH_BY_HAND),
    "fetch_unsafe": ErrorText(_("What answers as %(host)s cannot prove that it is."), _ASK_OPERATOR),
    "fetch_packed": ErrorText(_("%(site)s sent the file compressed, which is not accepted here."), _FETCH_BY_HAND),
    "fetch_length": ErrorText(
        _("The file has another length than was announced: %(have)s bytes instead of %(want)s."), _TRY_AGAIN
    ),
    "fetch_answer": ErrorText(_("%(site)s answered something that cannot be read."), _FETCH_BY_HAND),
    "fetch_wrong_hash": ErrorText(_("What came is not the file that %(site)s names: its SHA-256 differs."), _TRY_AGAIN),
    "taken_down": ErrorText(
        _("A moderator took this picture down, and it cannot be put back."),
        _("Look at what was held: there you read why, and can object once."),
    ),
    # how much one person may ask for
    "quota_loras_live": ErrorText(
        _("LoRAs of yours that are being added: %(limit)s, and no more may be at once."),
        _("Wait until one of them is done, or cancel one."),
    ),
    "quota_loras_daily": ErrorText(
        _("You have added %(limit)s LoRAs within 24 hours, and no more may be added."),
        _("Come back later: what was begun more than 24 hours ago no longer counts."),
    ),
    "quota_queued": ErrorText(
        _("Your requests in the queue: %(waiting)s, and no more than %(limit)s may wait at once."),
        _("Wait until one of them is painted, or cancel one."),
    ),
    "quota_daily": ErrorText(
        _("Pictures left for you: %(left)s of %(limit)s in 24 hours; you asked for %(asked)s."),
        _("Ask for fewer, or come back later: what was asked for more than 24 hours ago no longer counts."),
    ),
    "quota_reports": ErrorText(
        _("You have reported %(limit)s pictures within 24 hours, and no more are taken."), _("Come back tomorrow.")
    ),
    "quota_none": ErrorText(_("Your account may not ask for pictures."), _ASK_OPERATOR),
    # machines
    "worker_lost": ErrorText(
        _("The worker was lost while it worked on this, in attempt %(attempts)s."),
        _("Try again; if it happens again, tell the operator."),
    ),
    "storage_away": ErrorText(
        _("The storage for videos and pictures does not answer."),
        _("Try again in a few minutes; if it happens again, tell the operator."),
    ),
    "disk_full": ErrorText(_("There is no space left on the disk."), _ASK_OPERATOR),
    "unexpected": ErrorText(_("Something unexpected went wrong."), _TRY_AGAIN),
}
