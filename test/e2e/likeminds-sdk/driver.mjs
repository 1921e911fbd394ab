/**
 * One device: the shipped SDK, unmodified, in a process of its own as in a browser tab of its own.
 *
 *   node driver.mjs <url of the server>
 *
 * Each line on stdin is a call of one of the SDK's methods, `["getHomeFeed", {"page": 1}]`, or of a method of
 * its parts, `networkLibrary.setAccessToken`. For each, one line on stdout says what it resolved to (`result`;
 * null for undefined) or threw (`error`), and which requests it made, `GET /chatroom/sync 200`. The process
 * ends when stdin does.
 *
 * The host is compiled into the SDK, so requests to it are led to the server at hand, below the SDK and its
 * HTTP client. No other host is reached: a connection to anywhere else ends the process before it is made.
 */
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import net from 'node:net';
import { createInterface } from 'node:readline';

const SDK_NAME = '@likeminds.community/chat-js';
const SDK_HOST = 'auth.likeminds.community';
/** What the SDK's own user interface for React says it is. */
const PLATFORM = 'rt';
const VERSION = 44;
/** Who followed and who unfollowed. */
const EXCLUDED_STATES = [2, 3];

const server = new URL(process.argv[2]);
const requests = [];

redirectHost();
refuseOtherHosts();
pretendToBeABrowser();

const { default: LMChatClient } = createRequire(import.meta.url)(SDK_NAME);
const client = LMChatClient.setPlatformCode(PLATFORM)
  .setVersionCode(VERSION)
  .setExcludedConversationStates(EXCLUDED_STATES)
  .build();
client.setLMSDKCallbacks({ onAccessTokenExpiredAndRefreshed() {}, onRefreshTokenExpired: logInAgain });

let login;
for await (const line of createInterface({ input: process.stdin })) {
  const [method, ...args] = JSON.parse(line);
  if (method === 'initiateUser') [login] = args;
  const outcome = await call(method, args);
  process.stdout.write(`${JSON.stringify({ ...outcome, requests: requests.splice(0) })}\n`);
}

async function call(method, args) {
  try {
    const path = method.split('.');
    const target = path.slice(0, -1).reduce((object, name) => object[name], client);
    return { result: (await target[path.at(-1)](...args)) ?? null };
  } catch (error) {
    return { error: error instanceof Error ? error.stack : String(error) };
  }
}

function redirectHost() {
  https.request = ({ hostname, path, method, headers }, onResponse) => {
    if (hostname !== SDK_HOST) refuse(hostname);
    const { hostname: host, port } = server;
    const request = http.request({ host, port, path, method, headers }, onResponse);
    return request.once('response', ({ statusCode }) => {
      requests.push(`${method} ${path.replace(/\?.*/, '')} ${statusCode}`);
    });
  };
}

function refuseOtherHosts() {
  const connect = Reflect.get(net.Socket.prototype, 'connect');
  net.Socket.prototype.connect = function connectToServer(...args) {
    const { host, port } = Object(args.flat()[0]);
    if (host !== server.hostname || String(port) !== server.port) refuse(`${host}:${port}`);
    return connect.apply(this, args);
  };
}

/** Loudly: what is thrown, the SDK takes for a network that is down. */
function refuse(host) {
  process.stderr.write(`${host} must not be contacted\n`);
  process.exit(1);
}

/** It keeps its tokens where a browser keeps them. */
function pretendToBeABrowser() {
  for (const name of ['localStorage', 'sessionStorage']) {
    const items = new Map();
    const value = {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, item) => void items.set(key, String(item)),
      removeItem: (key) => void items.delete(key),
    };
    Object.defineProperty(globalThis, name, { value, configurable: true });
  }
}

/** As apps do when the SDK tells them that its refresh token is no longer good. */
async function logInAgain() {
  const { data } = await client.initiateUser(login);
  return { accessToken: data.accessToken, refreshToken: data.refreshToken };
}
