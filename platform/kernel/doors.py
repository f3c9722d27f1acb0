"""What an action declares in place of a function code; the words are what a reviewer looks for."""

ANYONE = "anyone"  # no log-in needed: log-in itself, signed links
SIGNED_IN = "signed_in"  # any log-in of this host
