import type { Socket } from 'node:net';
import type { ClientCertificate } from './client-certificate.js';

/**
 * Makes an accepted connection one that nobody else can read. It is told of by `onReady`, or destroyed.
 *
 * @param raw - as it was accepted
 */
export type Secure = (raw: Socket, onReady: OnSecured) => void;

/**
 * Told of a connection that is secured.
 *
 * @param certificate - of the client, where one is asked for
 */
export type OnSecured = (socket: Socket, certificate?: ClientCertificate) => void;
