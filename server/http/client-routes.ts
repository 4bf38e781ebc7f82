import { Router } from 'express';

/**
 * `GET /gather.mjs`: the client as one file, which runs with nothing but Node.
 *
 * @param path - where the built client is
 */
export function createClientRoutes(path: string): Router {
  const router = Router();
  router.get('/gather.mjs', (_request, response, next) => {
    response.type('text/javascript');
    response.sendFile(path, { dotfiles: 'allow' }, (error?: Error) => {
      // Once it is being sent, an error is a client that went away.
      if (error !== undefined && !response.headersSent) next(error);
    });
  });
  return router;
}
