"""Pure rules of programme documents (docs/notes/programmes.md, 3)."""

from followup.programmes.rules.checking import DocumentFault, find_document_faults
from followup.programmes.rules.comparing import Change, diff_documents
from followup.programmes.rules.normalising import EXCLUSION_DEFAULTS, normalise_document

__all__ = [
    "EXCLUSION_DEFAULTS",
    "Change",
    "DocumentFault",
    "diff_documents",
    "find_document_faults",
    "normalise_document",
]
