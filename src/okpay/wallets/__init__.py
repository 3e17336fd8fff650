"""What an owner holds in one currency: a wallet, over its purpose accounts in the ledger.

Owns which owner has which wallet, and which two accounts of the book each stands on: `available`, and `maturing` for
money from cards. Promises one wallet for each owner and currency, whoever asks at the same moment, and balances that
are always what the book says. Keeps no balance itself, moves no money, and knows neither who the owner is nor which
currencies a country offers: the customers' room does.
"""
