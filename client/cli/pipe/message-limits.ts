/** The longest message in bytes of UTF-8, as a server has it by default. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** The most messages in one request. */
export const MAX_BATCH_MESSAGES = 1_000;

/** How long the messages of one request get in the JSON of its body: well below the body's limit of 1 MiB. */
export const TARGET_BATCH_BYTES = 768 * 1024;

/**
 * The longest that a single message may get in the JSON, alone in its request: the body's limit less what stands
 * around it, of which the token is the most.
 */
export const MAX_ENCODED_MESSAGE_BYTES = 1024 * 1024 - 16 * 1024;
