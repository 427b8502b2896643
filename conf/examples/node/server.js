'use strict';
// Answer each request with its body, on the listener that preforkd hands in as descriptor 3.
const http = require('http');

const server = http.createServer((request, response) => request.pipe(response));

process.on('SIGTERM', () => server.close()); // accepts no more; node ends with the last connection
server.listen({ fd: 3 });
