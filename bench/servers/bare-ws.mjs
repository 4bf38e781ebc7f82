// The baseline of the feed: whatever a WebSocket client says goes to all the others, as the documentation of ws does it.
// It asks for no token, keeps nothing, and waits for nobody who is slow.
import { WebSocket, WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (sender) => {
  sender.on('message', (data) => {
    const text = data.toString();
    for (const client of server.clients) {
      if (client !== sender && client.readyState === WebSocket.OPEN) client.send(text);
    }
  });
});
server.on('listening', () => {
  process.stdout.write(`listens on http://127.0.0.1:${String(server.address().port)}\n`);
});
