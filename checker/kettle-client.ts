import type { HttpClient, Reply, Request } from './http-client.js';
import { failer } from './sync-laws.js';
import { parseJson } from './wire.js';

/** A room as the other dialect lists it. */
export interface WireRoom {
  readonly id: number;
  /** A channel that has no title is called by its id. */
  readonly title: string;
  readonly unseen_count: number;
  readonly last_conversation_id: number | null;
  /** Seconds. */
  readonly updated_at: number;
}

/** A message as the other dialect lists it. */
export interface WireConversation {
  readonly id: number;
  readonly answer: string;
  readonly user_id: number;
  readonly deleted_by_user_id: number | null;
  /** Milliseconds. */
  readonly last_updated: number;
  readonly temporary_id: string;
}

/** Who speaks the other dialect: a user with a token, and the numbers by which rooms and users go there. */
export class KettleClient {
  readonly uid: string;
  readonly #client: HttpClient;
  readonly #authorization: string;
  /** The rooms' numbers, by channel id. */
  readonly rooms = new Map<string, number>();

  private constructor(uid: string, client: HttpClient, token: string) {
    this.uid = uid;
    this.#client = client;
    this.#authorization = `Bearer ${token}`;
  }

  /** Logs in with the community's API key. */
  static async logIn(uid: string, client: HttpClient, apiKey: string): Promise<KettleClient> {
    const body = JSON.stringify({ uuid: uid, user_name: uid });
    const reply = await client.insist({ path: '/sdk/initiate', body, headers: { 'x-api-key': apiKey } });
    return new KettleClient(uid, client, dataOf<{ access_token: string }>(reply, uid).access_token);
  }

  /** Undefined when it is not answered. */
  ask(request: Request): Promise<Reply | undefined> {
    return this.#client.ask(this.#signed(request));
  }

  insist(request: Request): Promise<Reply> {
    return this.#client.insist(this.#signed(request));
  }

  async findRooms(): Promise<void> {
    const path = '/chatroom/sync?chatroom_types=[0]&page_size=500&is_local_db=true';
    const { chatrooms_data } = dataOf<{ chatrooms_data: WireRoom[] }>(
      await this.insist({ method: 'GET', path }),
      this.uid,
    );
    for (const { id, title } of chatrooms_data) this.rooms.set(title, id);
  }

  #signed(request: Request): Request {
    return { ...request, headers: { ...request.headers, authorization: this.#authorization } };
  }
}

/** The data of an answer that has to be a success. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who asks knows what comes
export function dataOf<Data>(reply: Reply, who: string): Data {
  const { success, data } = (parseJson(reply.text) ?? {}) as { success?: boolean; data?: Data };
  if (reply.status !== 200 || success !== true || data === undefined) {
    return failer(reply, who)('answered', `a request was answered with ${reply.status}`);
  }
  return data;
}
