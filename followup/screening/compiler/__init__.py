"""Criteria → SQL. Values travel as parameters only; the text is composed of constants (psycopg.sql)."""

from followup.screening.compiler.compile import (
    STAY_DIAGNOSIS,
    TRUE,
    CompiledCriteria,
    Driver,
    Parameters,
    compile_criteria,
    compile_node,
    compile_switch,
)

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
