"""How the rooms and doors are put together into one running program: settings, addresses, ASGI, wiring."""
