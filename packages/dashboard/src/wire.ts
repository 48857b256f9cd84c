/** What the nodes say, as far as this page reads it. Types only: the contract is the API's. */

export type State = "up" | "suspect" | "down" | "recovering";

export interface Recovery {
  readonly isOver: boolean;
  readonly partitionsLeft: number;
  readonly recordsLeft: number;
  readonly recordsCopied: number;
  readonly secondsLeft: number | null;
}

export interface Status {
  readonly state: State;
  readonly incarnation: number;
  readonly members: readonly { readonly node: string; readonly heardAgoMs: number | null }[];
  readonly storeAnswers: boolean;
  readonly durability: string | null;
  readonly records: number;
  readonly partitions: {
    readonly owned: number;
    readonly foreign: number;
    readonly differing: number;
  };
  readonly foreignRecords: number;
  readonly recovery: Recovery;
}

export interface Member {
  readonly node: string;
  readonly state: State;
  readonly heardAgoMs: number | null;
  readonly http: string | null;
  readonly share: { readonly primary: number; readonly owned: number };
  readonly status: Status | null;
}

export interface Overview {
  readonly node: string;
  readonly version: string;
  readonly atMs: number;
  readonly replicaCount: number;
  readonly leader: string | null;
  readonly term: number;
  readonly drills: boolean;
  readonly queues: Readonly<Record<string, Readonly<Record<string, number>> | null>>;
  readonly members: readonly Member[];
}

export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface Rates {
  readonly reads: number;
  readonly writes: number;
  readonly quorumFailures: number;
  readonly otherFailures: number;
  readonly standIns: number;
  readonly handedOff: number;
  readonly repaired: number;
  readonly readMs: Percentiles;
  readonly writeMs: Percentiles;
}

export type TimedRates = Rates & { readonly atMs: number };

export type Happening = { readonly atMs: number; readonly node: string } & (
  | { readonly kind: "member"; readonly from: State; readonly to: State }
  | { readonly kind: "leader"; readonly term: number }
  | { readonly kind: RecordsKind; readonly records: number }
);

export type RecordsKind = "standIn" | "handoff" | "repair" | "purge" | "damage";

export interface History {
  readonly primaries: readonly number[];
  readonly rates: readonly TimedRates[];
  readonly happenings: readonly Happening[];
}

export interface Moment {
  readonly overview: Overview;
  readonly rates: Rates | null;
  readonly happenings: readonly Happening[];
}

export interface Location {
  readonly key: string;
  readonly partition: number;
  readonly walk: readonly string[];
  readonly owners: readonly string[];
  readonly holders: readonly {
    readonly node: string;
    readonly state: State;
    readonly version: string | null;
    readonly answered: boolean;
  }[];
}

export interface Receipt {
  readonly key: string;
  readonly version: string;
  readonly partition: number;
  readonly primary: string;
  readonly stored: readonly string[];
  readonly standIns: readonly string[];
  readonly w: number;
  readonly created?: boolean;
  readonly existed?: boolean;
  readonly expiresAt?: number;
}

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly outcome: "not-applied" | "unknown";
}

export interface ListedKey {
  readonly key: string;
  readonly version: string;
}

export interface KeyPage {
  readonly items: readonly ListedKey[];
  readonly cursor: string | null;
}

export interface Task {
  readonly id: string;
  readonly title: string;
  readonly completed: boolean;
  readonly created_at: string;
}
