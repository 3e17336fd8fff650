"""The pages: what arrived, by person, and the failure switches. Rendered here, live by a small script."""
