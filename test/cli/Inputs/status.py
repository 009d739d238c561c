"""status.py N COMMAND...: runs the command and fails unless it exits with N."""
import subprocess
import sys

found = subprocess.run(sys.argv[2:]).returncode
if found != int(sys.argv[1]):
    sys.exit(f'exit status {found}, expected {sys.argv[1]}')
