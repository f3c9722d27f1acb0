"""R2 of the safety bars: nobody reads another tenant's, township's or department's rows, whatever the door.

words.py    the canary strings of each tenant: unique, so that one byte of them in a wrong answer is a leak
world.py    what an id of the story means and who is meant to see it; story.py tells it in tenants alpha and beta
operations.py  every (path, method, action) by walking the URL resolver, and what its parameters stand for
caller.py   a request as anybody on any host
matrix.py   calls an operation as everybody, in every situation, and lists the deviations from the oracle
bureau.py   the same, smaller, for the public host
mutants.py  the rooms' guards, found in their source and switched off one at a time
walls.py    the database's own walls: role and search path
"""
