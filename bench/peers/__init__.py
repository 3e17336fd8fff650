"""The peers beside us: what a Django project would use or write instead of this ledger. A database of their own."""
