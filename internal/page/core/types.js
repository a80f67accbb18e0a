/**
 * What comes over the wire; see the protocol.
 *
 * @typedef {{id: number, name: string, display_name: string, kind: string, role: string, avatar_url: string}} User
 * @typedef {any[]} Token
 * @typedef {{room: string, seq: number, at: string, author: User, body?: string, tokens?: Token[], nonce?: string,
 *   reply_to?: number, edited_at?: string, deleted?: boolean, reactions?: {emoji: string, users: number[]}[]}} Message
 * @typedef {{slug: string, name: string, kind: string, topic: string, head: number, read: number, unread: number, member: boolean,
 *   last?: Message, with?: User[]}} RoomView
 * @typedef {{id?: string, event: string, data: any}} LogEvent
 * @typedef {{status: number, data: any, retryAfter: number}} Answer
 */

export const retryable = new Set([0, 408, 429, 500, 502, 503, 504]);
