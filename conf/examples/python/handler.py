#!/usr/bin/env python3
"""Serve one connection: answer each line of numbers with their sum, until the client sends no more."""
import sys

for line in sys.stdin:
    try:
        print(sum(float(word) for word in line.split()), flush=True)
    except ValueError as error:
        sys.exit(f"{error}")  # to standard error, which is the log, and status 1
