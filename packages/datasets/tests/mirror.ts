/** A mirror on this machine that behaves as badly as it is told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';

export type Behaviour = (request: IncomingMessage, response: ServerResponse, visit: number) => void;

export interface Mirror {
  readonly url: string;
  readonly port: number;
  /** What was asked, in order. */
  readonly requests: { readonly path: string; readonly range: string | undefined; readonly ifRange: string | undefined }[];
  close(): Promise<void>;
}

const opened: { close(): Promise<void> }[] = [];

/** For `afterEach`. */
export async function closeMirrors(): Promise<void> {
  await Promise.all(opened.splice(0).map((mirror) => mirror.close()));
}

export async function mirror(behaviour: Behaviour): Promise<Mirror> {
  const requests: Mirror['requests'] = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', range: request.headers.range, ifRange: request.headers['if-range'] as string | undefined });
    behaviour(request, response, requests.length);
  });
  const port = await listen(server);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const made: Mirror = { url: `http://127.0.0.1:${port}/data/`, port, requests, close };
  opened.push(made);
  return made;
}

/** Serves the file as it should be served: ranges, If-Range, ETag. */
export function serve(content: Uint8Array, options: { readonly etag?: string; readonly lastModified?: string } = {}): Behaviour {
  return (request, response) => {
    const { range, 'if-range': ifRange } = request.headers;
    const { etag, lastModified } = options;
    if (etag !== undefined) response.setHeader('etag', etag);
    if (lastModified !== undefined) response.setHeader('last-modified', lastModified);
    const start = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
    if (start === undefined || (ifRange !== undefined && ifRange !== etag && ifRange !== lastModified)) {
      response.writeHead(200, { 'content-length': content.length }).end(content);
      return;
    }
    if (Number(start) >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const rest = content.subarray(Number(start));
    response
      .writeHead(206, { 'content-length': rest.length, 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` })
      .end(rest);
  };
}

/** Announces everything, sends the first bytes, and hangs up. */
export function cutOffAfter(content: Uint8Array, bytes: number, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (_, response) => {
    response.writeHead(200, { 'content-length': content.length, ...headers });
    response.write(content.subarray(0, bytes), () => setTimeout(() => response.destroy(), 5));
    if (bytes === 0) response.flushHeaders();
  };
}

/** A proxy that opens tunnels, or answers with a status in place of that, and keeps a list of where to. */
export async function proxy(refusal?: number): Promise<{ readonly url: string; readonly tunnels: string[]; close(): Promise<void> }> {
  const tunnels: string[] = [];
  const server = createServer((_, response) => response.writeHead(405).end());
  const sockets = new Set<Socket>();
  server.on('connect', (request, socket: Socket) => {
    tunnels.push(request.url ?? '');
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    const [host, port] = (request.url ?? '').split(':');
    const upstream = connectTcp(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => undefined);
    }
  });
  const port = await listen(server);
  const made = {
    url: `http://127.0.0.1:${port}`,
    tunnels,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        server.closeAllConnections();
      }),
  };
  opened.push(made);
  return made;
}

/** Takes connections, and never says a word on them: neither TLS nor HTTP begins. */
export async function silentPort(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
  return (server.address() as AddressInfo).port;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
