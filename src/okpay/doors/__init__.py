"""The doors: the only code that knows HTTP, HTML, a schedule or a terminal."""
