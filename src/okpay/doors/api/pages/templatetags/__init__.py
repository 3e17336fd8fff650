"""How the texts of the API are shown."""
