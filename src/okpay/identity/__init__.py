"""Who signs in: users, proven addresses, passwords, devices, the emergency lock, the payment password, API keys.

Owns what a person is known by before any money: the names and the country they gave, the language they read, the
e-mail address and telephone number they proved, the devices they signed in on, the keys with which programs speak
for them. Promises that only a proven address signs in, is found by others or is unique, that a claim nobody proved
stands in nobody's way, that a confirmation with the payment password is good for what was confirmed, once, and that
of an API key nothing is kept but a digest and how it begins. Keeps no profile of a customer, no wallet, and knows
nothing of documents. E-mail addresses lie in the tables of django-allauth, which keeps one proven owner for each.
"""
