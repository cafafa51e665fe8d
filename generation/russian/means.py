"""The instrumental, which Russian says with an ending alone: most often it names by what means something is done."""

from __future__ import annotations

# What asks for this case itself, or has whoever somebody is, or what somebody likes, in it: there it is no means.
_ITSELF = """
    заниматься увлекаться управлять руководить командовать владеть пользоваться интересоваться гордиться любоваться
    наслаждаться восхищаться стать становиться быть являться казаться оказаться считаться остаться оставаться работать
    торговать болеть заболеть пахнуть питаться назвать называть называться делиться поделиться обмениваться меняться
    рисковать обладать править дорожить служить дышать
    идти пойти ходить гулять погулять бродить брести бежать бегать поход прогулка
    занятие увлечение управление руководство владение торговля наслаждение обмен гордость работа
"""
_TRAVEL = """
    ехать поехать приехать ездить лететь полететь летать плыть плавать путешествовать добираться добраться отправиться
    путешествие поездка перелёт дорога путь
"""
ITSELF = frozenset(_ITSELF.split())
TRAVEL = frozenset(_TRAVEL.replace("ё", "е").split())


def means_of(word: str) -> str:
    """How the means of a verb, or of a noun of doing, are joined to it in English; empty where it has none."""
    return "" if word in ITSELF else "by" if word in TRAVEL else "with"
