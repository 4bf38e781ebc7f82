// The baseline: Express with express.json(), and nothing else. It keeps nothing, checks nothing and stores nothing.
import express from 'express';

const app = express();
app.use(express.json());
app.post('/message', (request, response) => {
  response
    .status(201)
    .json({ status_code: 201, status_message: `Got ${String(request.body.message.length)}` });
});
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listens on http://127.0.0.1:${String(server.address().port)}\n`);
});
