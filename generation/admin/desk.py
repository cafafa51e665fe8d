"""The desk: what waits for a moderator, oldest first, decided by mouse or by keys."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from channels_app.models import Frame, Picture, Profile, Video
from channels_app.models.access import is_moderator
from generation import moderation
from generation.models import Flag, GeneratedImage, GenerationRequest, Reference, Report, Rule
from generation.models.flag import MOST_WORDS
from generation.moderation import TooLate
from generation.rules import BETWEEN
from generation.uploads import pass_unchecked
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.contrib.admin import AdminSite
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

PER_PAGE = 20
REFUSED = "refused"  # by a rule, without a moderator
MOST_REPORTS = 10  # of one picture that a card shows
FILTERS = {"kind": "kind", "category": "category", "rule": "rule_key", "owner": "owner_name"}  # address to field
FACTS = {
    "picture": gettext_lazy("Picture"),
    "upload": pgettext_lazy("what was uploaded", "Upload"),
    "prompt": gettext_lazy("Prompt"),
    "negative": gettext_lazy("Negative prompt"),
    "profile": gettext_lazy("Engine profile"),
    "loras": "LoRAs",
    "title": gettext_lazy("Title"),
    "seed": gettext_lazy("Seed"),
    "size": gettext_lazy("Size"),
    "version": gettext_lazy("Version"),
}  # of a picture, and how it was painted
THINGS: list[QuerySet[Any]] = [  # that flags speak of, with what a card says of them
    GeneratedImage.objects.all(),
    Picture.objects.select_related("video", "channel", "profile"),
]
ACTS: dict[str, Callable[[Flag, User, str], None]] = {
    "approve": lambda flag, by, words: moderation.settle(flag, by, words, allow=True),
    "reject": lambda flag, by, words: moderation.settle(flag, by, words, allow=False),
    "suspend": moderation.reject_and_suspend,
    "undo": lambda flag, by, _words: moderation.take_back(flag, by),
}


@dataclass(frozen=True)
class Card:
    """A flag as the desk shows it."""

    flag: Flag
    pictures: list[str]  # addresses
    place_url: str
    may_decide: bool
    history: Counter[str]  # of the owner's flags, by state; what a rule refused is no moderator's rejection
    rule_url: str
    new_rule_url: str

    @property
    def texts(self) -> list[dict[str, str]]:
        """What was said, each text once; what was said in reports stands with these."""
        if self.reports:
            return []
        said = {each["text"]: each["field"] for each in self.flag.detail.get("words", ())}
        return [{"field": str(FACTS.get(field, "LoRA")), "text": text} for text, field in said.items()]

    @property
    def moot(self) -> str:
        """Why nothing comes of a decision, if nothing does."""
        thing = self.flag.thing
        if thing is None and self.flag.object_id:
            return _("It was deleted: your decision changes nothing but what is remembered.")
        if isinstance(thing, GenerationRequest) and thing.state == State.CANCELLED:
            return _("Its owner cancelled it: it is not painted whatever you decide.")
        return ""

    @property
    def reports(self) -> list[Report]:
        """All of them, the newest first."""
        return list(self.flag.reports.all())

    @property
    def reports_shown(self) -> list[Report]:
        """As many as are read at once, those with words first."""
        return sorted(self.reports, key=lambda report: not report.words)[:MOST_REPORTS]

    @property
    def accounts(self) -> int:
        """How many of the reports came from accounts."""
        return sum(report.person_id is not None for report in self.reports)

    @property
    def facts(self) -> dict[str, Any]:
        """What a picture is, and how it was painted."""
        detail = dict(self.flag.detail)
        if loras := detail.get("loras"):
            detail["loras"] = ", ".join(f"{one['name']} {one['weight']:g}" for one in loras)
        if size := detail.get("size"):
            detail["size"] = "×".join(map(str, size))
        if kind := detail.get("picture"):
            detail["picture"] = Picture.Kind(kind).label
        if "upload" in detail:
            detail["upload"] = self.flag.of_what
        return {str(label): detail[key] for key, label in FACTS.items() if detail.get(key) not in (None, "", [])}


class Desk:
    """Two views; both are for moderators alone."""

    def __init__(self, site: AdminSite) -> None:
        self._site = site

    def page(self, request: HttpRequest) -> HttpResponse:
        """What waits, filtered as the address says; or one flag, whatever its state."""
        by = _moderator(request)
        waiting = Flag.objects.waiting()
        rows = waiting
        chosen = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
        for name, value in chosen.items():
            rows = rows.filter(**{FILTERS[name]: value})
        if one := request.GET.get("flag"):
            rows = _by_keys([one])
        rows = rows.select_related("owner", "rule", "decided_by").prefetch_related(
            "reports", GenericPrefetch("thing", THINGS)
        )
        rows = rows.order_by("created_at", "id")
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
        context = {
            **self._site.each_context(request),
            "title": _("The moderators' desk"),
            "page": page,
            "cards": self._cards(page.object_list, by),
            "waiting": waiting.count(),
            "chosen": chosen,
            "choices": _choices(waiting),
            "decide_url": reverse("admin:generation_flag_decide"),
            "list_url": reverse("admin:generation_flag_changelist"),
            "most_words": MOST_WORDS,
            "uploads_pass": pass_unchecked(),
        }
        return render(request, "admin/generation/flag/desk.html", context)

    def decide(self, request: HttpRequest) -> HttpResponse:
        """Do one act to some flags. Answers JSON to the desk's script, and leads back to the desk otherwise."""
        by = _moderator(request)
        name, _colon, one = request.POST.get("act", "").partition(":")
        act = ACTS.get(name)
        flags = list(_by_keys([one] if one else request.POST.getlist("flag")))
        if act is None or not flags:
            return HttpResponseBadRequest(_("Choose what is to be decided."))
        words = request.POST.get("words", "").strip()[:MOST_WORDS]
        ends: Counter[str] = Counter()
        for flag in flags:
            try:
                act(flag, by, words)
                ends["done"] += 1
            except TooLate:
                ends["late"] += 1
            except PermissionDenied:
                ends["denied"] += 1
        if request.headers.get("X-Desk"):
            return JsonResponse({**ends, "message": _told(ends)})
        messages.add_message(request, messages.SUCCESS if ends["done"] else messages.WARNING, _told(ends))
        back = request.POST.get("back", "")
        return redirect(f"{reverse('admin:generation_flag_desk')}?{back}" if back else "admin:generation_flag_desk")

    def _cards(self, flags: Iterable[Flag], by: User) -> list[Card]:
        flags = list(flags)
        owners = {flag.owner_id for flag in flags if flag.owner_id}
        history: dict[int, Counter[str]] = {owner: Counter() for owner in owners}
        rows = Flag.objects.filter(owner__in=owners).order_by().values_list("owner", "state")
        for owner, state, number, decided in rows.annotate(number=Count("pk"), decided=Count("decided_at")):
            by_rule = number - decided if state == Flag.State.REJECTED else 0
            history[owner] += Counter({state: number - by_rule, REFUSED: by_rule})
        return [_card(flag, by, history.get(flag.owner_id or 0, Counter())) for flag in flags]


def _card(flag: Flag, by: User, history: Counter[str]) -> Card:
    thing, place_url = flag.thing, ""
    if isinstance(thing, Picture | Video):
        place = thing.place if isinstance(thing, Picture) else thing
        place_url = "" if isinstance(place, Profile) else place.get_absolute_url()
    own = flag.owner_id == by.pk and not by.is_superuser
    same = flag.appeal == Flag.Appeal.OPEN and by.pk in (flag.decided_by_id, flag.owner_id)
    return Card(
        flag,
        list(_pictures(flag)),
        place_url,
        flag.is_waiting and not own and not same,
        history - Counter([REFUSED if flag.state == Flag.State.REJECTED and not flag.decided_at else flag.state]),
        reverse("admin:generation_rule_change", args=[flag.rule_id]) if flag.rule_id else "",
        reverse("admin:generation_rule_add", query=_new_rule(flag)),
    )


def _new_rule(flag: Flag) -> dict[str, str]:
    """What a rule begins with that is made from ``flag``."""
    term, _between, company = flag.term.partition(BETWEEN)
    query = {"terms": term, "together": company, "category": flag.category}
    if flag.field == "negative":
        query["negative"] = "1"
    return {name: value for name, value in query.items() if value}


def _pictures(flag: Flag) -> Iterator[str]:
    """The addresses of what is to be looked at."""
    thing = flag.thing
    if isinstance(thing, Video):
        for key in Frame.objects.filter(pk__in=flag.detail.get("frames", ())).values_list("pk", flat=True):
            yield reverse("frame_file", args=[key])
    elif isinstance(thing, GeneratedImage | Picture | Reference):
        names = {GeneratedImage: "image_file", Picture: "picture_file", Reference: "reference_file"}
        yield reverse(names[type(thing)], args=[thing.pk])


def _moderator(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not is_moderator(request.user):
        raise PermissionDenied
    return request.user


def _by_keys(keys: Iterable[str]) -> Any:
    try:
        return Flag.objects.filter(pk__in=list(keys)).select_related("owner")
    except ValidationError:
        return Flag.objects.none()


def _choices(waiting: Any) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The filters: name, label, and the values that there are with their words."""
    labels = {"kind": dict(Flag.Kind.choices), "category": dict(Rule.Category.choices)}
    titles = {"kind": _("Kind"), "category": _("Category"), "rule": _("Rule"), "owner": _("Owner")}
    found = []
    for name, field in FILTERS.items():
        values = waiting.exclude(**{field: ""}).order_by(field).values_list(field, flat=True).distinct()[:100]
        found.append((name, titles[name], [(value, str(labels.get(name, {}).get(value, value))) for value in values]))
    return found


def _told(ends: Counter[str]) -> str:
    told = [ngettext("%(n)d decided.", "%(n)d decided.", ends["done"]) % {"n": ends["done"]}] if ends["done"] else []
    if ends["late"]:
        told.append(_("Somebody was quicker, or it has gone its way: nothing was changed there."))
    if ends["denied"]:
        told.append(
            _("That is not for you: it is yours, you decided it before, or its owner works here and is not suspended.")
        )
    return " ".join(told)
