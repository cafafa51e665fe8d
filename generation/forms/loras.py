"""Adding a LoRA: an address or a file, looked at before anything is queued."""

from __future__ import annotations

import uuid
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from generation.engine.lora_file import inspect
from generation.fetching.addresses import parse
from generation.loras import quota
from generation.loras.fit import fit_of
from generation.models import LoraImport
from generation.models.lora import MOST_ADDRESS
from generation.stages.engine_door import expected
from imagecreator.errors import ExpectedError
from imagecreator.fields import LineField
from imagecreator.files.keep import kept_with_rows
from imagecreator.queue.changes import enqueue
from imagecreator.uploads import lora_limit
from imagecreator.words import clean_line

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile


class LoraForm(forms.Form):
    """``id`` is chosen when the page is made, so that a form sent twice adds once."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    address = LineField(
        label=_("Address"),
        max_length=2000,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Of its page or its file on Hugging Face or Civitai."),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        allow_empty_file=True,
        max_length=255,
        widget=forms.FileInput,
        help_text=_("A .safetensors file for the model that paints here."),
    )
    name = LineField(label=_("Name"), max_length=60, required=False)
    licence = LineField(
        label=_("Licence"),
        max_length=200,
        required=False,
        help_text=_(
            "Needed with a file. With an address, what its page says counts; this is for pages that say nothing."
        ),
    )
    source = LineField(
        label=_("Source"),
        max_length=500,
        required=False,
        help_text=_("The page where it was found, or who made it. Needed with a file."),
    )

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.too_large = too_large
        for name in ("address", "file", "licence", "source"):
            self.fields[name].is_conditional = True  # type: ignore[attr-defined]  # so it is not called optional
        self.fields["file"].widget.attrs.update({"accept": ".safetensors", "data-max-bytes": lora_limit()})

    def clean_address(self) -> str:
        """What the address means, written anew: whatever else stood in it, such as a token, is not kept."""
        address: str = self.cleaned_data["address"]
        if not address:
            return ""
        try:
            with expected():
                page = parse(address).page
            if len(page) > MOST_ADDRESS:
                raise ExpectedError("fetch_address")
        except ExpectedError as error:
            raise _invalid(error) from error
        return page

    def clean_file(self) -> UploadedFile[bytes] | None:
        """Look at the file's header: what is wrong there need not wait for a worker."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        try:
            if self.too_large or (file is not None and (file.size or 0) > lora_limit()):
                raise ExpectedError("lora_too_large", limit_mb=settings.LORA_MAX_MB)
            if file is not None:
                with expected():
                    found = inspect(Path(file.temporary_file_path()))  # type: ignore[attr-defined]  # see uploads
                fit_of(found).check()
        except ExpectedError as error:
            raise _invalid(error) from error
        return file

    def clean(self) -> dict[str, Any]:
        """One of address and file; with a file, whose it is and what one may do with it."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if {"address", "file"} & set(self.errors):
            return values
        address, file = values.get("address"), values.get("file")
        if bool(address) == bool(file):
            raise _invalid(ExpectedError("lora_two_sources" if address else "lora_no_source"))
        for name in ("licence", "source"):
            if file and not values.get(name) and name not in self.errors:
                self.add_error(name, ValidationError(self.fields[name].error_messages["required"], code="required"))
        return values

    def save_for(self, owner: User) -> LoraImport | None:
        """Queue the import, or return the one that this form made before; None where the id is somebody else's.

        Raises ``ExpectedError`` where it is more than the person may add.
        """
        values = self.cleaned_data
        before = LoraImport.objects.filter(pk=values["id"]).first()
        if before and before.owner != owner:
            return None
        if before and not before.removed:
            return before
        file = values["file"]
        row = LoraImport(
            pk=uuid.uuid4() if before else values["id"],
            owner=owner,
            address=values["address"],
            name=values["name"] or (clean_line(PurePath(file.name).stem)[:60] if file else ""),
            licence=values["licence"],
            source=values["source"],
        )
        try:
            self._store(row, file)
        except IntegrityError:  # sent twice at once
            return LoraImport.objects.filter(pk=row.pk, owner=owner).first()
        return row

    def _store(self, row: LoraImport, file: UploadedFile[bytes] | None) -> None:
        if file is None:
            _queue(row)
            return
        row.file.name = f"lora-imports/{uuid.uuid4()}"  # not of the row's id, which a second sending shares
        with kept_with_rows([row]):
            row.file.name = row.file.storage.save(row.file.name, file)
            _queue(row)


@transaction.atomic
def _queue(row: LoraImport) -> None:
    row.save(force_insert=True)
    quota.check(row)
    enqueue(row)


def _invalid(error: ExpectedError) -> ValidationError:
    return ValidationError(str(error.problem), code=error.code)
