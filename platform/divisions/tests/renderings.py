"""Spellings of a village's address generated from the packaged list, as standards 1.3 measured them."""

import random
from collections.abc import Iterator
from functools import cache

from divisions.parser.names import COMMUNITY, VILLAGE, short_name, split_village
from divisions.parser.packaged import HUBEI, read_seed

OWN_COUNTIES = ("420583", "420881")
SPOKEN_SUFFIX = {VILLAGE: "村", COMMUNITY: "社区"}
WRONG_CHARACTERS = "龘靐鑫淼焱"  # in no name of the list


@cache
def hubei_names() -> dict[str, str]:
    return {code: name for code, name, _ in read_seed(HUBEI)}


def villages_of(*counties: str) -> list[str]:
    return [code for code in hubei_names() if code[9:] != "000" and code[:6] in counties]


def villages_elsewhere(count: int, seed: int) -> list[str]:
    pool = [code for code in hubei_names() if code[9:] != "000" and code[:6] not in OWN_COUNTIES]
    return random.Random(seed).sample(pool, count)


def renderings(code: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """(rendering's name, text) of one village."""
    names = hubei_names()
    prefecture = names[code[:4] + "00000000"]
    prefecture = "" if "直辖" in prefecture else prefecture
    county, township = names[code[:6] + "000000"], names[code[:9] + "000"]
    stem, kind = split_village(names[code])[0]
    village = stem + SPOKEN_SUFFIX.get(kind, "")
    short = short_name(township, 4)
    at = chance.randrange(len(short))
    misspelt = township.replace(short, short[:at] + chance.choice(WRONG_CHARACTERS) + short[at + 1 :], 1)
    yield "full", f"湖北省{prefecture}{county}{township}{village}3组"
    yield "no province", f"{county}{township}{village}3组"
    yield "no suffixes", f"{short_name(county, 3)}{short}{stem}3组"
    yield "township first", f"{township}{village}3组"
    yield "no township", f"{county}{village}2组"
    yield "one wrong character", f"{county}{misspelt}{village}3组"
