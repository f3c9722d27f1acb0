"""Invented patients and the messages that their hospital would send: for demo, tests and benchmarks.

Nobody here exists. Names are put together by chance, ID numbers carry a valid check digit but come from no
register, and every telephone number lies in one block (`people.SYNTHETIC_PHONE_PREFIX`), by which a synthetic
person can be told anywhere and which no carrier adapter may ever dial. The same seed gives the same bytes.
"""
