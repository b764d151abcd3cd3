"""The deciding half of the embedded model: a task in words and a screen as values in, one action out.

``language`` and ``vocabulary.toml`` hold the words; ``parse`` (with ``clauses``, ``nouns`` and ``say_*``) makes
ordered goals of a task; ``scene``, ``match`` and ``places`` find what a goal names on a screen; ``values`` and
``answer`` read, count and compare; ``act``, ``do``, ``choose``, ``enter`` and ``gesture`` pursue a goal; ``seek``
and ``clear`` look for what is hidden; ``plan`` decides and ``ending`` says how it went.
No file here knows any page.
"""
