"""The pages about the API, for those who write programs: first steps, the reference, and a page for each code.

All of it is made from what the API itself is made from: the table of operations and the table of words.
"""
