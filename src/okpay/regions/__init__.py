"""Country packs as data: currencies, limits per level, features, forms of names and numbers, time zone.

Owns the packs (`packs/`, one TOML file a country, named by ISO 3166) and their schema. A value without a
source is refused, and a broken pack stops the program rather than leave a limit to chance. A country is
added by adding a file. Holds no tables, moves no money, and does not count how much of a limit was used:
the ledger does.
"""
