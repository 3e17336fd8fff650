"""Who signs in: users, their proven addresses, passwords, devices, the emergency lock, and the payment password.

Owns what a person is known by before any money: the names and the country they gave, the language they read, the
e-mail address and telephone number they proved, the devices they signed in on. Promises that only a proven address
signs in, is found by others or is unique, that a claim nobody proved stands in nobody's way, and that a confirmation
with the payment password is good for what was confirmed, once. Keeps no profile of a customer, no wallet, and knows
nothing of documents. E-mail addresses lie in the tables of django-allauth, which keeps one proven owner for each.
"""
