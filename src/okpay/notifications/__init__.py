"""Telling people: by mail, by SMS, and in the inbox of their wallet.

Owns the notices of the inbox, the deliveries on their way to a mail or SMS server, and the words of every message
in each language. A delivery is a row that is written in the transaction of whoever asks for it; a background loop
calls the provider afterwards, outside any transaction, and knows what to do when no answer comes. Decides neither
who is told nor whether an address is proved: whoever asks says where to. One promise it keeps to people who are no
users: an address is invited three times a day at most, and once about each thing.
"""
