// A request of contract 1 as it goes over the wire, made once and sent many times.

/** Makes one. @param body - the JSON text */
export function gatherRequest(port, path, body) {
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`,
  );
}
