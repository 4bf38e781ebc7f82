import type { IncomingHttpHeaders } from 'node:http';
import * as zlib from 'node:zlib';
import type { Duplex } from 'node:stream';
import { PRODUCER_ID } from '../../../protocol/message-fields.js';
import type { ProducerNumbers } from '../../dump/message-log.js';
import { AppError } from '../../errors/app-error.js';
import type { Decoding } from '../bodies/body-chunks.js';

/** What a body is made of. */
export type BodyKind = 'json' | 'ndjson' | 'text';

const KINDS: ReadonlyMap<string, BodyKind> = new Map<string, BodyKind>([
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['text/plain', 'text'],
]);
const MEDIA_TYPE = /^([^;\s]+)\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;
const MEDIA_TYPES = `${[...KINDS.keys()].join(', ')} in UTF-8`;

/** What a request's body is made of. @throws AppError `request.unsupported_media_type` */
export function bodyKindOf({ 'content-type': type = '' }: IncomingHttpHeaders): BodyKind {
  const kind = KINDS.get(MEDIA_TYPE.exec(type)?.[1]?.toLowerCase() ?? '');
  if (kind === undefined)
    throw new AppError('request.unsupported_media_type', { details: { supported: MEDIA_TYPES } });
  return kind;
}

const DECODINGS: readonly Decoding[] = [
  { name: 'gzip', createDecoder: () => zlib.createGunzip() },
  ...('createZstdDecompress' in zlib
    ? [{ name: 'zstd', createDecoder: zlib.createZstdDecompress as () => Duplex }]
    : []),
];

/** How a request's body is encoded; undefined where it is not. @throws AppError `request.unsupported_media_type` */
export function decodingOf({
  'content-encoding': encoding = 'identity',
}: IncomingHttpHeaders): Decoding | undefined {
  const name = encoding.toLowerCase();
  if (name === 'identity') return undefined;
  const decoding = DECODINGS.find((each) => each.name === name);
  if (decoding !== undefined) return decoding;
  const supported = `a Content-Encoding of identity, ${DECODINGS.map((each) => each.name).join(' or ')}`;
  throw new AppError('request.unsupported_media_type', { details: { supported } });
}

/** The numbers of a request's messages; undefined where they have none. @throws AppError `request.invalid_header` */
export function producerOf(headers: IncomingHttpHeaders): ProducerNumbers | undefined {
  const { 'gather-producer': id, 'gather-sequence': sequence } = headers;
  if (id === undefined && sequence === undefined) return undefined;
  if (typeof id !== 'string' || !PRODUCER_ID.test(id)) throw invalid('Gather-Producer', 'must be one UUID');
  const first = typeof sequence === 'string' && /^[1-9]\d*$/.test(sequence) ? Number(sequence) : Number.NaN;
  if (!Number.isSafeInteger(first))
    throw invalid('Gather-Sequence', 'must be the number of the first message, from 1');
  return { id: id.toLowerCase(), first };
}

function invalid(header: string, reason: string): AppError {
  return new AppError('request.invalid_header', { details: { header, reason } });
}

/** Whether a caller wants acknowledgements while it is still sending. */
export function wantsAcknowledgements({ accept = '' }: IncomingHttpHeaders): boolean {
  return /(?:^|,)\s*application\/x-ndjson\s*(?:[;,]|$)/i.test(accept);
}
