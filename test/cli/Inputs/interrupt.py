"""interrupt.py TRAINER DIR: interrupts training at arbitrary moments, resumes it
until it is done, and compares with training without a break."""
import filecmp
import signal
import subprocess
import sys

trainer, folder = sys.argv[1:]
EPOCHS = '150'
whole, broken = folder + '/long.npz', folder + '/broken.npz'
subprocess.run([trainer, '--epochs', EPOCHS, '--save', whole, '--quiet'],
               check=True)
arguments, n_breaks = ['--save', broken], 0
while True:
    process = subprocess.Popen([trainer, '--epochs', EPOCHS, *arguments],
                               stdout=subprocess.PIPE, text=True)
    process.stdout.readline()  # it has begun
    process.stdout.readline()
    if n_breaks < 4:
        process.send_signal([signal.SIGINT, signal.SIGTERM][n_breaks % 2])
    process.stdout.read()
    if process.wait() == 0:
        break
    if process.returncode != 130:
        sys.exit(f'exit status {process.returncode}')
    n_breaks += 1
    arguments = ['--resume', broken]
if n_breaks == 0:
    sys.exit('it was never interrupted')
if not filecmp.cmp(whole, broken, shallow=False):
    sys.exit('the resumed training ended with other bits')
