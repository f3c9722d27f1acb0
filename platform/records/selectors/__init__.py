"""Every read of the records."""

from records.selectors.addresses import addresses_of

__all__ = ["addresses_of"]
