/** One kind of error: everything a door needs to answer it, whatever the door. */
export interface ErrorKind {
  /** The HTTP status; doors without HTTP have their own reading of it. */
  readonly status: number;
  /** Whether the same request may succeed later without being changed. */
  readonly isRetryable: boolean;
  /** Seconds after which that is likely, where the error itself does not know. */
  readonly retryAfter: number;
  /** The text that a caller sees; `{name}` is replaced by the detail of that name. */
  readonly text: string;
}

/** Sessions end by a logout or after minutes: nothing comes of asking again at once. */
const UNTIL_SESSIONS_END = 60;

/**
 * Every error that gatherd answers, by its stable code. docs/errors.md lists them for users, and tests hold it,
 * the Postman collection and this table together.
 */
export const ERROR_TABLE = {
  'request.invalid_message_type': refused(400, "Invalid or missing 'message_type'"),
  'request.missing_field': refused(400, "Missing '{field}'"),
  'request.invalid_field': refused(400, "Invalid '{field}': {reason}"),
  'request.invalid_json': refused(400, 'The body is not valid JSON in UTF-8'),
  'request.not_an_object': refused(400, 'The body is not a JSON object'),
  'request.too_deep': refused(400, 'The JSON is nested deeper than {limit} levels'),
  'request.invalid_header': refused(400, "Invalid '{header}': {reason}"),
  'request.invalid_encoding': refused(400, 'The body is not valid {encoding}'),
  'request.malformed': refused(400, 'The request is malformed'),
  'request.not_found': refused(404, 'There is nothing at this path'),
  'request.method_not_allowed': refused(405, 'Only {allow} is allowed here'),
  'request.timed_out': refused(408, 'The request did not arrive in time'),
  'request.body_too_large': refused(413, 'The body is over the limit of {limit} bytes'),
  'request.unsupported_media_type': refused(415, 'Only {supported} is accepted here'),
  'request.expectation_failed': refused(417, 'What the request expects is not offered here'),
  'request.foreign_origin': refused(403, "A page of '{origin}' may not connect here"),
  'request.key_reused': refused(422, 'The Idempotency-Key was used for another request'),
  'request.upgrade_required': refused(426, 'Only a WebSocket of version 13 can be opened here'),
  'request.unexpected_host': refused(421, "The host '{host}' is not served here; see --allowed-hosts"),
  'request.rate_limited': retryable(429, 'More than {limit} requests a minute from this address'),
  'request.headers_too_large': refused(431, 'The headers of the request are too large'),
  'request.busy': retryable(503, 'Too much is being received at once: nothing was stored'),
  'account.not_found': refused(401, 'User not found. Please identify'),
  'account.enrollment_closed': refused(403, 'User not found. New users are made by the operator only'),
  'account.invite_needed': refused(403, 'User not found. New users need an invite'),
  'account.invite_invalid': refused(403, 'The invite is unknown, used or expired'),
  'account.name_taken': refused(409, 'Username already exists'),
  'account.email_taken': refused(409, 'Email already registered'),
  'account.unknown': refused(404, 'There is no user {name}'),
  'account.not_active': refused(403, 'Account is not active'),
  'account.wrong_credentials': refused(401, 'Invalid username/email or password'),
  'account.current_password_wrong': refused(403, 'Current password is incorrect'),
  'account.password_change_needed': refused(403, 'The password was made for one login: change it first'),
  'account.last_administrator': refused(409, 'The last administrator can be neither removed nor demoted'),
  'password.too_short': refused(400, 'Password must be at least {limit} characters long'),
  'password.too_common': refused(400, 'The password is among the most common ones: choose another'),
  'password.unchanged': refused(400, 'The new password is the current one: choose another'),
  'account.too_many_pending': retryable(503, 'Too many new users have not set a password yet'),
  'account.too_many': retryable(503, 'The limit of {limit} users is reached', UNTIL_SESSIONS_END),
  'account.changed_too_often': retryable(429, 'More than {limit} changes a minute of this account'),
  'account.list_too_long': refused(422, 'The list of users is over {limit} bytes: read it page by page'),
  'account.wrong_password': refused(403, 'Authentication Failed!. Please try again, {name}!'),
  'account.rate_limited': retryable(429, 'More than {limit} logins a minute for this user'),
  'account.throttled': retryable(429, 'Too many wrong passwords. Please wait {retryAfter} s'),
  'account.hashing_busy': retryable(503, 'Too many logins are waiting to be checked'),
  'account.hashing_failed': retryable(503, 'The password could not be checked. Please try again'),
  'session.not_identified': refused(403, 'Please identify!'),
  'session.too_many': retryable(
    429,
    'The limit of {limit} live sessions for this user is reached',
    UNTIL_SESSIONS_END,
  ),
  'session.invalid': refused(401, 'Invalid or expired session'),
  'session.unknown': refused(404, 'There is no such session'),
  'session.needed': refused(403, 'An API token cannot do this: log in'),
  'endpoint.too_many': retryable(
    429,
    'The limit of {limit} authenticated endpoints for this user is reached',
    UNTIL_SESSIONS_END,
  ),
  'token.missing': refused(401, 'A bearer token is needed'),
  'token.invalid': refused(401, 'Token Expired. Please identify'),
  'token.unknown': refused(404, 'There is no such API token'),
  'token.name_taken': refused(409, 'There is an API token of this name'),
  'token.too_many': refused(429, 'The limit of {limit} API tokens for this user is reached'),
  'invite.unknown': refused(404, 'There is no such invite'),
  'permission.missing': refused(403, 'The permission {permission} is needed'),
  'certificate.refused': refused(403, 'The client certificate is refused: {reason}'),
  'certificate.of_another': refused(
    403,
    'The client certificate is of {name}: it is good for this account only',
  ),
  'certificate.password_needed': refused(
    403,
    'A certificate alone is not enough here: log in with the password',
  ),
  'employee.unknown': refused(404, 'There is no employee {id}'),
  'employee.exists': refused(409, 'There is an employee {id} already'),
  'employee.changed_meanwhile': refused(
    412,
    'Employee {id} has been changed since it was read: read it again',
  ),
  'employee.version_needed': refused(428, 'If-Match is needed: the ETag of the employee, or *'),
  'ticket.invalid': refused(401, 'The ticket is unknown, used or expired'),
  'feed.too_many': retryable(
    503,
    'The limit of {limit} connections to the feed is reached',
    UNTIL_SESSIONS_END,
  ),
  'feed.too_many_of_user': retryable(
    429,
    'The limit of {limit} connections of this user to the feed is reached',
    UNTIL_SESSIONS_END,
  ),
  'feed.too_slow': retryable(408, 'What was sent was not read in time'),
  'feed.idle': retryable(408, 'Nothing was said for {limit} seconds'),
  'feed.unreadable': retryable(503, 'The dump cannot be read'),
  'feed.closing': retryable(503, 'The server is stopping'),
  'chat.rate_limited': retryable(429, 'More than {limit} chat messages a minute of this user'),
  'message.malformed': refused(400, 'Line {line}: {reason}'),
  'producer.gap': refused(409, 'Number {expected} is expected next from this producer, not {number}'),
  'producer.too_many': retryable(
    429,
    'The limit of {limit} producers for this user is reached',
    UNTIL_SESSIONS_END,
  ),
  'dump.disk_full': retryable(503, 'The disk is full: nothing was stored'),
  'dump.low_space': retryable(503, 'Less than {limit} bytes are free on the disk: nothing was stored'),
  'dump.write_failed': retryable(503, 'The dump could not be written: nothing was stored'),
  'dump.locked': retryable(503, 'Another program holds the lock of the dump: nothing was stored'),
  'dump.lock_lost': retryable(503, 'The lock of the dump was taken away: nothing was stored'),
  'dump.queue_full': retryable(503, 'The queue of {limit} bytes is full: nothing was stored'),
  'dump.closed': retryable(503, 'The server is stopping: nothing was stored'),
  'database.unavailable': retryable(503, 'The database does not answer: nothing was changed'),
  'database.disk_full': retryable(503, 'The disk of the database is full: nothing was changed'),
  'server.internal': refused(500, 'Something went wrong here; the log has it under {requestId}'),
  'data_directory.in_use': refused(500, 'The data directory {directory} is in use by {holder}'),
  'data_directory.unusable': refused(500, 'The data directory {directory} cannot be used: {reason}'),
  'key.unusable': refused(500, 'The key {path} cannot be used: {reason}'),
  'import.unusable': refused(500, '{path} cannot be imported: {reason}'),
  'backup.unusable': refused(500, '{path} cannot be used: {reason}'),
  'config.invalid': refused(500, '{problems}'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_TABLE;

function refused(status: number, text: string): ErrorKind {
  return { status, isRetryable: false, retryAfter: 0, text };
}

function retryable(status: number, text: string, retryAfter = 1): ErrorKind {
  return { status, isRetryable: true, retryAfter, text };
}
