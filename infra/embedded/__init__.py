"""PostgreSQL, Redis and an S3 object store for a machine that has none: no root, no Docker.

Imports nothing but the standard library (psycopg only at the moment a database is set up), and never Django,
so that it can run before the application exists. Entry points are in ``infra.embedded.stack``.
"""
