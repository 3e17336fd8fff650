"""Country packs as data: currencies, limits per level, features, forms of names and numbers, time zone.

Owns the packs (one TOML file a country) and their schema. Holds no tables and moves no money.
"""
