"""Reads Chinese residence addresses down to the village. Pure Python: no Django, no database, no network."""

from divisions.parser.address import UnknownHomeCounty, parse_address
from divisions.parser.aliases import AliasIndex, PlaceAlias
from divisions.parser.gazetteer import Gazetteer
from divisions.parser.packaged import load_gazetteer
from divisions.parser.result import DivisionRef, ParsedAddress, describe_evidence
from divisions.parser.structured import parse_structured

__all__ = [
    "AliasIndex",
    "DivisionRef",
    "Gazetteer",
    "ParsedAddress",
    "PlaceAlias",
    "UnknownHomeCounty",
    "describe_evidence",
    "load_gazetteer",
    "parse_address",
    "parse_structured",
]
