"""Clients of the API, against the API itself."""
