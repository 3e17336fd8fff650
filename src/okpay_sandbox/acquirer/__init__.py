"""The card acquirer: sessions in which a card is entered, charges and refunds, and what a test card decides.

Owns what an acquirer knows of a card: never its number or code, which are looked at once and let go. It moves no
money. How a wallet speaks to it is in `wire/acquirer`, and what people see of it in `web`.
"""
