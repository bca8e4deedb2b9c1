"""`makemessages` that also collects the sentences of refusals, which floors without gettext write as they are."""

from __future__ import annotations

from django.core.management.commands import makemessages

# Name and place of the sentence: errors of the kernel, and the functions that pass a sentence on to one.
SENTENCES = {
    "Invalid": 2,
    "Refused": 2,
    "Forbidden": 2,
    "TooMany": 2,
    "NotFound": 1,
    "__init__": 2,
    "refuse": 1,
    "needed": 2,
    "N_": 1,
}


class Command(makemessages.Command):
    """As Django's, with more words to look for."""

    xgettext_options = [
        *makemessages.Command.xgettext_options,
        *(f"--keyword={name}:{place}" for name, place in SENTENCES.items()),
    ]
