"""What people keep on paper: the receipt of one movement.

Owns the look of these papers (`templates/`) and how they are made. Everything that stands on one is handed in, as the
person who asks may see it: this room reads no table, decides nothing about who may see what, and knows no sentence
of either language. Promises that the same receipt is the same file to the last byte.
"""
