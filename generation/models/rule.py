"""A rule about what may not be painted, as moderators edit it, and all of them made ready for use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import OperationalError, ProgrammingError, connection, models, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from generation.rules import Action, Ruleset, TermError, Verdict, parse_lines
from generation.rules import Rule as ReadyRule
from generation.shipped import shipped
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_CHARS = 20_000  # of a rule's terms
FAULTS = {
    "empty": _("A term has no word."),
    "quotes": _("“%(part)s”: quotation marks stand around one word."),
    "sign": _("“%(part)s”: a term has letters and digits only; ~ stands at the end of a word."),
    "stem": _("“%(part)s”: at least three letters stand before ~."),
    "gap": _("“%(part)s”: two or three dots stand between two words."),
    "long": _("“%(part)s”: a term has at most eight words."),
}


def valid_terms(text: str) -> None:
    """Raise ``ValidationError`` unless each line of ``text`` is a term."""
    try:
        parse_lines(text)
    except TermError as fault:
        raise ValidationError(FAULTS[fault.code], code=fault.code, params={"part": fault.part}) from fault


class Rule(models.Model):
    """Terms that are looked for in what people ask for, and what is done where one is found.

    ``key`` is what flags and the log remember. ``negative`` rules look at negative prompts, the others at all else:
    there, "nudity" is what is *not* wanted, but "clothes" is not wanted either.
    """

    class Category(models.TextChoices):
        """What it is about, the gravest first."""

        MINORS = "minors", _("Minors")
        SEXUAL = "sexual", _("Nudity and sex")
        GORE = "gore", _("Cruelty")
        HATE = "hate", _("Hatred")
        TERROR = "terror", _("Terrorism")
        SELFHARM = "selfharm", _("Self-harm")
        DRUGS = "drugs", _("Drugs")
        OTHER = "other", _("Other")

    class Does(models.TextChoices):
        """What is done about a text."""

        REFUSE = "refuse", _("Refuse")
        HOLD = "hold", _("Hold for a moderator")
        NOTE = "note", _("Only note it")

    class Language(models.TextChoices):
        """In which its terms are written."""

        ANY = "", _("Any")
        ENGLISH = "en", _("English")
        RUSSIAN = "ru", _("Russian")

    key = models.SlugField(
        _("key"),
        max_length=40,
        unique=True,
        help_text=_("The log remembers it, so it stays. Letters, digits and hyphens."),
    )
    name_en = models.CharField(_("name in English"), max_length=80)
    name_ru = models.CharField(_("name in Russian"), max_length=80, blank=True)
    category = models.CharField(_("category"), max_length=10, choices=Category, default=Category.OTHER)
    action = models.CharField(_("action"), max_length=10, choices=Does, default=Does.HOLD)
    language = models.CharField(_("language"), max_length=2, choices=Language, blank=True, default=Language.ANY)
    terms = models.TextField(
        _("terms"),
        max_length=MOST_CHARS,
        validators=[valid_terms],
        help_text=_(
            "One a line. A word stands for all its forms, a “word” in straight quotation marks for itself alone, "
            "word~ for all that begins so. Between two words .. lets up to two others stand, ... up to five. "
            "Capitals, accents, look-alike letters, digits for letters and gaps between letters need no terms of "
            "their own."
        ),
    )
    together = models.TextField(
        _("together with"),
        max_length=MOST_CHARS,
        blank=True,
        validators=[valid_terms],
        help_text=_("Then one of these must be in the text as well. One a line."),
    )
    within = models.PositiveSmallIntegerField(
        _("within"), default=0, help_text=_("How many words may stand between the two. 0: they may be anywhere.")
    )
    exceptions = models.TextField(
        _("exceptions"),
        max_length=MOST_CHARS,
        blank=True,
        validators=[valid_terms],
        help_text=_("What lies within one of these is no hit: “nude lipstick” for “nude”. One a line."),
    )
    unless = models.TextField(
        _("unless with"),
        max_length=MOST_CHARS,
        blank=True,
        validators=[valid_terms],
        help_text=_("Where one of these is as near, there is no hit: “lecture” for “heroin”. One a line."),
    )
    even_denied = models.BooleanField(
        _("even where it is denied"),
        default=False,
        help_text=_("Otherwise “no nudity” and “without blood or gore” are no hits."),
    )
    negative = models.BooleanField(
        _("for negative prompts"),
        default=False,
        help_text=_("It looks at what is not wanted, and at nothing else."),
    )
    active = models.BooleanField(_("in force"), default=True)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ("category", "key")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row, and when: workers and web processes see by it that rules have changed.

        It is later than any other, whichever clock is behind, and who saves at once does so one after the other: who
        has read the rules in between would else take no notice of the earlier time.
        """
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "changed_at"}
        with transaction.atomic():
            last = Rule.objects.select_for_update(no_key=True).order_by("-changed_at", "-pk").first()
            now = timezone.now()
            self.changed_at = max(now, last.changed_at + timedelta(microseconds=1)) if last else now
            super().save(*args, **kwargs)

    @property
    def name(self) -> str:
        """Its name in the language that is active."""
        return (self.name_ru if (get_language() or "").startswith("ru") else "") or self.name_en

    @property
    def ready(self) -> ReadyRule:
        """The rule for use; raises ``TermError``."""
        return ready_rule({field: getattr(self, field) for field in FIELDS})


FIELDS = ("key", "category", "action", "terms", "together", "within", "exceptions", "unless", "even_denied")


def ready_rule(fields: Mapping[str, Any]) -> ReadyRule:
    """A rule for use from a row's fields, or from those of one that ships."""
    return ReadyRule(
        key=fields["key"],
        category=fields["category"],
        action=Action[fields["action"].upper()],
        terms=parse_lines(fields["terms"]),
        together=parse_lines(fields.get("together", "")),
        within=fields.get("within", 0),
        exceptions=parse_lines(fields.get("exceptions", "")),
        unless=parse_lines(fields.get("unless", "")),
        even_denied=fields.get("even_denied", False),
    )


@dataclass(frozen=True)
class Rules:
    """What is in force: for what is asked for, and for what negative prompts do not want."""

    rows: tuple[tuple[Any, ...], ...]

    @cached_property
    def wanted(self) -> Ruleset:
        """For all but negative prompts."""
        return self._of(negative=False)

    @cached_property
    def unwanted(self) -> Ruleset:
        """For negative prompts."""
        return self._of(negative=True)

    def _of(self, *, negative: bool) -> Ruleset:
        return Ruleset(ready_rule(dict(zip(FIELDS, row, strict=False))) for row in self.rows if row[-1] is negative)


class _Kept:
    """The rules as this process read them last, and the stamp of the table at that time."""

    stamp: object = None
    rules = Rules(())


def rules_in_force() -> Rules:
    """The active rules. Read anew as soon as one was changed; what is compiled stays as long as it is the same.

    Before `migrate` there are those that ship: the shell can paint without a database, but not what it likes.
    """
    try:
        stamp = tuple(Rule.objects.aggregate(count=models.Count("pk"), last=models.Max("changed_at")).values())
        if stamp != _Kept.stamp:
            _keep(tuple(Rule.objects.filter(active=True).order_by("key").values_list(*FIELDS, "negative")))
            _Kept.stamp = stamp
    except (OperationalError, ProgrammingError):
        if connection.in_atomic_block or Rule._meta.db_table in connection.introspection.table_names():
            raise  # it is there and does not answer
        _keep(tuple(sorted((_row(fields) for fields in shipped("rule").values()), key=itemgetter(0))))
        _Kept.stamp = None
    return _Kept.rules


def _row(fields: Mapping[str, Any]) -> tuple[Any, ...]:
    """As a row of the table is read."""
    whole = Rule(**{name: value for name, value in fields.items() if name != "order"})
    return tuple(getattr(whole, name) for name in (*FIELDS, "negative"))


def _keep(rows: tuple[tuple[Any, ...], ...]) -> None:
    if rows != _Kept.rules.rows:
        _Kept.rules = Rules(rows)


def judge(texts: Iterable[str], *, negative: bool = False) -> Verdict:
    """The gravest verdict on these texts by the rules in force."""
    rules = rules_in_force()
    ruleset = rules.unwanted if negative else rules.wanted
    verdicts = [ruleset.judge(text) for text in texts if text]
    return max(verdicts, key=lambda verdict: verdict.action, default=Verdict(Action.ALLOW))


def is_banned(text: str) -> bool:
    """Whether what is written by itself must not say this: it would be refused or held."""
    return judge([text]).action >= Action.HOLD


def allowed_words(text: str) -> None:
    """Refuse words that may not be painted: whoever chose them could paint nothing."""
    verdict = judge([text])
    if verdict.hit and verdict.action >= Action.HOLD:
        raise ValidationError(str(ExpectedError("banned", term=verdict.hit.shown).problem), code="banned")
