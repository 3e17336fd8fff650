"""A plain ledger as one writes it with the ORM in an afternoon."""
