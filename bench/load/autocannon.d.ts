declare module 'autocannon' {
  interface Request {
    method: string;
    path: string;
    headers: Record<string, string>;
    body?: string;
  }

  interface Options {
    url: string;
    connections: number;
    /** Seconds. */
    duration: number;
    requests: Request[];
    /** Whether `[<id>]` in a body becomes another id with every request. */
    idReplacement?: boolean;
    /** Milliseconds between two looks at whether the time is up. */
    sampleInt?: number;
  }

  interface Result {
    errors: number;
    timeouts: number;
    non2xx: number;
    '2xx': number;
    start: Date;
    finish: Date;
  }

  export default function autocannon(options: Options): Promise<Result>;
}
