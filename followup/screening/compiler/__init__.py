"""Criteria → SQL. Values travel as parameters only; the text is composed of constants (psycopg.sql)."""

from followup.screening.compiler.compile import (
    TRUE,
    CompiledCriteria,
    Driver,
    compile_criteria,
    compile_node,
    compile_switch,
)
from followup.screening.compiler.leaves import STAY_DIAGNOSIS
from followup.screening.compiler.parameters import Parameters

__all__ = [
    "STAY_DIAGNOSIS",
    "TRUE",
    "CompiledCriteria",
    "Driver",
    "Parameters",
    "compile_criteria",
    "compile_node",
    "compile_switch",
]
