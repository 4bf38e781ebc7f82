"""Employee records over TLS: logs on, adds an employee, reads it, changes it, deletes it.

    npx gatherd --records 127.0.0.1:8443 --tls-cert data/tls/server.crt --tls-key data/tls/server.key
    python3 employee_records.py 127.0.0.1:8443 data/tls/ca.crt dale 'the password'
"""

import socket
import ssl
import sys

address, certificate, user, password = sys.argv[1:5]
host, port = address.rsplit(":", 1)

# Nothing is trusted but what this file holds.
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(certificate)
connection = context.wrap_socket(
    socket.create_connection((host, int(port)), timeout=10), server_hostname="localhost"
)


def ask(request):
    connection.sendall(request.encode())
    return connection.recv(1024).decode()


answer = ask(f"-//logon: {user},{password}")
if not answer.startswith("SUCCESS: "):
    sys.exit(answer)
session = answer.removeprefix("SUCCESS: ")

for request in (
    "add: 4711,Dale,Cooper,12345678,04-19-1954,60000",
    "get: 4711",
    "update: 4711,,,,,65000",
    "get: 4711",
    "delete: 4711",
    "get: 4711",
):
    print(ask(f"{session}//{request}"))

connection.close()
