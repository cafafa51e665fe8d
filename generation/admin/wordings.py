"""Styles and modifiers: what an operator offers people to paint with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from generation.models import Lora, LoraStyle, Modifier, Style
from generation.models.wording import Wording
from generation.shipped import shipped
from imagecreator.admin import EditAdmin, preview

if TYPE_CHECKING:
    from django.db.models import ForeignKey
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

WordingT = TypeVar("WordingT", bound=Wording)


class WordingAdmin(EditAdmin[WordingT]):
    """A list whose rows are put in order and switched off in place."""

    list_editable = ("order", "active")
    list_per_page = 100

    def get_readonly_fields(self, request: HttpRequest, obj: WordingT | None = None) -> tuple[str, ...]:
        """The key of a stored row stays: requests name it."""
        return (*super().get_readonly_fields(request, obj), *(("key",) if obj else ()))

    def has_delete_permission(self, request: HttpRequest, obj: WordingT | None = None) -> bool:
        """What came with the project would come again; it is switched off instead."""
        came = obj is not None and obj.key in shipped(str(self.model._meta.model_name))
        return super().has_delete_permission(request, obj) and not came


class LoraStyleInline(admin.TabularInline[LoraStyle, Style]):
    """What a style puts on. One that nobody else may paint with yet is not for styles."""

    model = LoraStyle
    extra = 0

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Offer what was approved."""
        if db_field.name == "lora":
            kwargs["queryset"] = Lora.objects.filter(approved_at__isnull=False)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Style)
class StyleAdmin(WordingAdmin[Style]):
    """Styles with their previews, which ``manage.py styles preview`` paints."""

    list_display = ("picture", "key", "name_en", "name_ru", "order", "active")
    list_display_links = ("key",)
    list_filter = ("active",)
    search_fields = ("key", "name_en", "name_ru", "template", "negative")
    fields = ("key", ("name_en", "name_ru"), "template", "negative", "effort", "order", "active", "picture")
    readonly_fields = ("picture",)
    inlines = (LoraStyleInline,)

    @admin.display(description=_("preview"))
    def picture(self, style: Style) -> SafeString | str:
        """A small view of it."""
        return preview("style_file", style.key, style.name) if style.file else "–"


@admin.register(Modifier)
class ModifierAdmin(WordingAdmin[Modifier]):
    """Modifiers by group."""

    list_display = ("key", "group", "name_en", "name_ru", "words", "order", "active")
    list_filter = ("group", "active")
    search_fields = ("key", "name_en", "name_ru", "words")
    fields = ("key", "group", ("name_en", "name_ru"), "words", "order", "active")
