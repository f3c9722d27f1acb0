"""Classification codes brought to the stem that follow-up paths are written in (standards 5.5).

The code sets themselves belong to the tenant; here is only their shape.
"""

import re

ICD10_SHAPE = re.compile(r"[A-Z]\d{2}(\.[0-9xX]([0-9]{2})?([xX]\d{3})?)?[+*]?")

# Category, subcategory, the two digits and the x-extensions of the national and the insurance version.
_ICD10 = re.compile(r"([A-Z]\d{2})(\d?)\d{0,2}(?:X\d{0,2})?(?:X\d{1,3})?")
_ICD9CM3 = re.compile(r"(\d{2})(\d{0,2})\d{0,2}(?:X\d{0,2})?(?:X\d{1,3})?")
_DAGGER = re.compile(r"[+*†/\s].*$")
_TUMOUR_MORPHOLOGY = re.compile(r"M\d{4,5}/\d")


def normalise_icd10(code: str) -> str:
    """Return the WHO stem without dot: `I10.x00x002` I10, `M17.100` M171, `S72.000x001` S720; else "".

    Of a dagger-asterisk pair the first code counts. A tumour's morphology (`M8000/3`) is no ICD-10 code.
    """
    text = code.strip().upper()
    if _TUMOUR_MORPHOLOGY.match(text):
        return ""
    match = _ICD10.fullmatch(_DAGGER.sub("", text).replace(".", ""))
    return f"{match[1]}{match[2]}" if match else ""


def normalise_icd9cm3(code: str) -> str:
    """Return the digits of `dd.dd`: `81.5400x003` 8154, `85.4` 854, `47.0x00` 470; "" for no ICD-9-CM-3."""
    match = _ICD9CM3.fullmatch(code.strip().upper().replace(".", ""))
    return f"{match[1]}{match[2]}" if match else ""
