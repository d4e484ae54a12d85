/** What one try at one mirror came to. Never leaves `download`: its words become a line of the error there. */
export class MirrorFault extends Error {
  /** Whether the same mirror may do better in a moment. */
  readonly again: boolean;
  /** The part that was begun is of no use to this mirror, which may well have the whole file. */
  readonly stale: boolean;

  constructor(reason: string, again: boolean, stale = false) {
    super(reason);
    this.again = again;
    this.stale = stale;
  }
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  ENOTFOUND: 'is a host that nobody knows (no network, or a slip in the name)',
  EAI_AGAIN: 'could not be looked up (no network?)',
  ENETUNREACH: 'cannot be reached from here (no network?)',
  EHOSTUNREACH: 'cannot be reached from here',
  ETIMEDOUT: 'did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'did not take the connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'took the connection and then said nothing',
  UND_ERR_BODY_TIMEOUT: 'fell silent in the middle of the file',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'ended before the length that it announced',
  UND_ERR_SOCKET: 'cut the connection off',
};

/** In words where the code is known; a certificate or a protocol that is not right does not mend itself in a moment. */
export function faultOf(cause: unknown): MirrorFault {
  const code = codeOf(cause);
  const known = words[code];
  if (known !== undefined) return new MirrorFault(known, code !== 'ENOTFOUND');
  const message = cause instanceof Error ? cause.message : String(cause);
  const refused = /^Proxy response \((\d+)\)/.exec(message);
  if (refused !== null) return new MirrorFault(`cannot be reached: the proxy answered with status ${refused[1]}`, false);
  return new MirrorFault(`failed: ${message}${code === '' ? '' : ` (${code})`}`, !/CERT|TLS|SSL|HPE_/.test(code));
}

function codeOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return '';
  return String(cause.code);
}
