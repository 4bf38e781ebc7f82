/** Names a POST, so that it can be sent again and is carried out once: draft-ietf-httpapi-idempotency-key-header. */
export const IDEMPOTENCY_HEADER = 'Idempotency-Key';

/** What a key looks like. A UUID is one, with or without the quotes that the draft has around it. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,64}$/;
