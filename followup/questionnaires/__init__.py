"""Questionnaires: documents, the expression language and the engine that judges answers (see README.md)."""
