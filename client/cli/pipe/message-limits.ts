/** The longest message in bytes of UTF-8, as a server has it by default. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** The most messages in one request. */
export const MAX_BATCH_MESSAGES = 1_000;

/**
 * The longest that a single message may get in the JSON, alone in its request: the body's limit less what stands
 * around it, of which the token is the most.
 */
export const MAX_ENCODED_MESSAGE_BYTES = 1024 * 1024 - 16 * 1024;
