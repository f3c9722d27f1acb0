"""R2 of the safety bars: nobody reads another tenant's, township's or department's rows, whatever the door.

words.py    the canary strings of each tenant: unique, so that one byte of them in a wrong answer is a leak
world.py    one story, told in tenants alpha and beta with those words, and who is meant to see each row
operations.py  every (path, method, action) by walking the URL resolver, and what its parameters stand for
matrix.py   calls an operation as everybody, in every situation, and lists the deviations from the oracle
walls.py    the database's own walls: role and search path
"""
