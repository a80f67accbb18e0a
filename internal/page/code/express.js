// chat-token.mjs; after the app's login: import { chatTokenView } from './chat-token.mjs'; app.get('/chat-token', chatTokenView);
import { createHmac } from 'node:crypto';

export function chatToken(site, kid, secret, sub, name) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const head = { alg: 'HS256', typ: 'JWT', kid };
  const claims = { iss: site, aud: 'maru', sub: String(sub), name, iat: now, exp: now + 600 };
  const text = `${part(head)}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export function chatTokenView(req, res) {
  const { user } = req;
  if (!user) return res.status(401).end();
  const token = chatToken('shop', process.env.MARU_KID, process.env.MARU_SECRET, user.id, user.name || user.username);
  res.set('Cache-Control', 'no-store').type('text/plain').send(token);
}
