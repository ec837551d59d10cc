"""What `verify.py` is made of: the standard library alone, so that a stranger needs nothing installed.

`tasks.governance.verifier` joins these files into the one file that every bundle carries; see docs/evidence.md.
"""
