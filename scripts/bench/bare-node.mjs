/**
 * The floor: an HTTP server of Node.js that has nothing to do. It answers a PUT, once its body is
 * there, with as many bytes as our receipt has, and anything else with a value of 100 bytes.
 */

import { createServer } from "node:http";

const VALUE = "v".repeat(100);
const RECEIPT = "r".repeat(200);

createServer((request, response) => {
  const text = request.method === "PUT" ? RECEIPT : VALUE;
  const answer = () => {
    response.writeHead(200, { "content-type": "text/plain", "content-length": text.length });
    response.end(text);
  };
  if (request.method === "PUT") request.resume().once("end", answer);
  else answer();
}).listen(Number(process.argv[2]), "127.0.0.1");
