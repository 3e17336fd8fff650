"""The installed command `okpay`: run the program, look at the book, verify it."""
