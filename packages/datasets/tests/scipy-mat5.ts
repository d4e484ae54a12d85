/**
 * Files that SciPy 1.17.1 wrote, the text of their headers apart:
 *
 *     savemat(file, {'y': array([[1], [10], [2]], uint8), 'n': array([[1.5, nan, 3], [inf, -2, 4]]), 'z': array([[1 + 2j]]),
 *       'sparse': csc_matrix(eye(2)), 'text': 'words', 'cell': array([[1, 'a']], object), 'struct': {'a': 1}}, do_compression=True)
 *     savemat(file, {'y': array([[1], [10], [2]], uint8)}, format='4')
 */
const bytesOf = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export const scipyVersion5 = bytesOf(
  'TUFUTEFCIDUuMCBNQVQtZmlsZSwgd3JpdHRlbiBieSBTY2lQeSAxLjE3LjEgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg' +
    'ICAgICAgICAgICAgICAgICAgICAAAAAAAAAAAAABSU0PAAAAKgAAAHic42NgYDAAYjYg5gBiTgYIYIXymYGYEYwZGSqBNBNQhJGLiQEAGN4A9A8AAAA6AAAAeJzj' +
    'Y2BgSABiNiDmgNIgwArlMwExMxAzAmEekOYEYgMGGPhhD6E/1EP5UJrhAITicIDQAg4A9l8Gsw8AAAArAAAAeJzjY2Bg8ABiNiDmANEgAghYoXxGOGZkqALSnFBx' +
    'CPhgj8pncAAATiECjw8AAAA7AAAAeJzjY2BgKABiNiDmAGJWIGaC0hxQNggzQtUUFyQWFaci5BmgciA+DxKfCcrmBGIBBhj4YA+jARMABdMPAAAALAAAAHic42Ng' +
    'YLAAYjYg5gBiFgYIYIXyGaFsRqBMSWpFiQCUX55flFIMpAFGsAR6DwAAAEAAAAB4nONjYGBYAMRsQMwBxIwMEMCKxGcC0ywMyak5OXxAtgWSej4s6hmRzOFBMxek' +
    '3gBJPwsB/QJAViKQBgCWqAPMDwAAAD0AAAB4nONjYGBoAGI2IOYAYiYGCGCF8hmRMEhNcUlRaXIJSJ4FrJYRSCYCaT4gtkAyhw+POSDAgyQOAgB0eARQ',
);

export const scipyVersion4 = bytesOf('MgAAAAMAAAABAAAAAAAAAAIAAAB5AAEKAg==');
