"""The users service over ZeroMQ: makes a user, logs in, reads it, changes it, logs out.

    npx gatherd --zmq tcp://127.0.0.1:5556
    pip install pyzmq && python3 users_service.py tcp://127.0.0.1:5556
"""

import json
import sys

import zmq

address = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5556"
username = sys.argv[2] if len(sys.argv) > 2 else "audrey"
password = "Kirschkuchen um Mitternacht"

socket = zmq.Context().socket(zmq.REQ)
socket.setsockopt(zmq.LINGER, 0)
socket.setsockopt(zmq.RCVTIMEO, 10_000)
socket.connect(address)


def ask(action, **more):
    socket.send_string(json.dumps({"action": action, **more}))
    reply = json.loads(socket.recv_string())
    if reply["status"] != "success":
        sys.exit(f"{action}: {reply['message']}")
    return reply


user_data = {
    "username": username,
    "email": f"{username}@example.org",
    "password": password,
    "city": "Twin Peaks",
}
print(ask("create_user", user_data=user_data)["message"])

credentials = {"username": username, "password": password}
token = ask("login", credentials=credentials)["session_token"]
print("Logged in")

print("City:", ask("get_user", session_token=token)["user"]["city"])

changed = ask("update_user", session_token=token, update_data={"city": "Seattle"})
print("City:", changed["user"]["city"])

print(ask("logout", session_token=token)["message"])
