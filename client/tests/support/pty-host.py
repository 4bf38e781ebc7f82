"""Runs a command on a terminal of its own, for a test.

Standard input: a line of JSON each: {"write": "..."} or {"resize": [rows, columns]}.
Standard output: what the command writes to its terminal.
Standard error, at the end: {"exitCode": ..., "isRestored": ...}, the latter for whether the terminal is as it was.
"""

import fcntl, json, os, pty, select, struct, sys, termios


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


master, slave = pty.openpty()
resize(slave, 24, 80)
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.close(master)
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.execvp(sys.argv[1], sys.argv[1:])

print(json.dumps({"pid": child}), file=sys.stderr, flush=True)
pending = b""
inputs = [master, 0]
status = None
while True:
    readable, _, _ = select.select(inputs, [], [], 0.02)
    if master in readable:
        os.write(1, os.read(master, 65536))
        continue
    if 0 in readable:
        data = os.read(0, 65536)
        if not data:
            inputs.remove(0)
        pending += data
        *lines, pending = pending.split(b"\n")
        for line in lines:
            asked = json.loads(line)
            if "write" in asked:
                os.write(master, asked["write"].encode())
            if "resize" in asked:
                resize(slave, *asked["resize"])
        continue
    if status is not None:
        break
    done, status_now = os.waitpid(child, os.WNOHANG)
    if done:
        status = status_now

ended = {
    "exitCode": os.waitstatus_to_exitcode(status),
    "isRestored": termios.tcgetattr(slave) == before,
}
print(json.dumps(ended), file=sys.stderr, flush=True)
