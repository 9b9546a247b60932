import type { Service } from '../service.ts';

/** A deployment that has something wrong with it. */
export interface Case {
  id: string;
  /** Says which of several ways to have this finding it is. */
  how?: string;
  /** Brings it about; returns the variables of the deployment. */
  arrange: (service: Service) => Promise<Record<string, string>> | Record<string, string>;
  /** How far this machine's clock is ahead, in milliseconds. */
  ahead?: number;
  full?: boolean;
}
